import Postgres
import Replication
import TestSupport
import Testing

/// One such history.
struct RandomFilter {
    var random: SeededGenerator
    let tree: TestTree
    let sessions: [Connection]
    private var ledger = TokenLedger()
    /// The same of what stands in `hid`.
    private var hiddenLedger = TokenLedger()
    /// What A had in `hid` when a row last reached a node that may not see it: a delete there takes that, too.
    var seen: [Int: [Int: Int]] = [:]
    /// And what of that files have which are under way.
    var filed: [Int: [Int: Int]] = [:]
    var files = FilesUnderWay()
    private var token = 0
    /// What B gets of each table.
    private var rules: [String: Edge.Rule] = ["item": .all, "part": .all]

    private static let columns = ["id", "region", "val"]
    private static let conditions = [
        "region = 0", "region <= 1", "region > 0", "region = 2 or region is null", "val % 2 = 0",
    ]

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        tree = try TestTree(4, edges: [(1, 2), (2, 3), (1, 4)], isPrepared: true)
        for node in tree.nodes {
            try node.psql(
                """
                create table item (id int primary key, region int, val int, hid int);
                create table part (id int, region int, val int, primary key (id, region))
                    partition by list (region);
                create table part_0 partition of part for values in (0);
                create table part_1 (val int, region int not null, id int not null);
                alter table part attach partition part_1 for values in (1);
                create table part_2 partition of part default;
                """)
        }
        try tree.install()
        let policies = ["newest", "newest", "priority", "columns"]
        let policy = policies.randomElement(using: &random) ?? "newest"
        try setPolicy(
            tree[1].connection, table: "item", policy: policy,
            argument: policy == "priority" ? ["1,2", "2,1"].randomElement(using: &random) : nil)
        sessions = try tree.nodes.map { try $0.session() }
        // Before the first sync, too.
        if Bool.random(using: &random) { try tree.syncUntilQuiet() }
        try setFilter("item", .rows("region = 0", columns: Self.columns))
        try setFilter("part", .rows("region <= 1"))
    }

    /// The first ones.
    private mutating func setFilter(_ table: String, _ rule: Edge.Rule) throws {
        _ = try tree.edge((1, 2)).setFilter(table: table, rule)
        rules[table] = rule
    }

    /// Another filter, or none, while work is under way.
    mutating func setFilter() throws {
        let table = Bool.random(using: &random) ? "item" : "part"
        let rule: Edge.Rule =
            switch Int.random(in: 0..<10, using: &random) {
            case 0: .all
            case 1: .nothing
            case 2...4 where table == "item" && rules[table] != .nothing:
                .rows(chosen(table), columns: hides(rules[table]) ? nil : Self.columns)
            default:
                .rows(
                    Self.conditions.randomElement(using: &random) ?? "region = 0",
                    columns: hides(rules[table]) ? Self.columns : nil)
            }
        try set(rule, table)
    }

    /// Where the columns change, what the nodes behind A have comes home before; what happens to an excluded
    /// table is passed over before.
    private mutating func set(_ rule: Edge.Rule, _ table: String) throws {
        let changesColumns = hides(rule) != hides(rules[table])
        let wasExcluded = rules[table] == .nothing
        if changesColumns, wasExcluded || rule == .nothing { return }
        if changesColumns { try sync((3, 2), isOneWay: false) }
        if changesColumns || wasExcluded { try sync((2, 1), isOneWay: false) }
        do {
            _ = try tree.edge((1, 2)).setFilter(table: table, rule)
        } catch ReplicationError.noFilter where changesColumns {
            return
        }
        rules[table] = rule
        if changesColumns { try sync((2, 3), isOneWay: false) }
    }

    private mutating func sync(_ edge: (Int, Int), isOneWay: Bool) throws {
        var options = SyncOptions()
        options.isOneWay = isOneWay
        options.merges = true
        try tree.sync(edge, options)
        let ways = [edge] + (isOneWay ? [] : [(edge.1, edge.0)])
        if ways.contains(where: { $0 == (1, 2) }) { seen[2] = try hidden(sessions[0]) }
        if ways.contains(where: { $0 == (2, 3) }) { seen[3] = seen[2] }
    }

    private func hides(_ rule: Edge.Rule?) -> Bool {
        guard case .rows(_, let columns) = rule else { return false }
        return columns != nil
    }

    private func chosen(_ table: String) -> String? {
        guard case .rows(let condition, _) = rules[table] else { return nil }
        return condition
    }

    private func condition(_ table: String) -> String {
        chosen(table).map { "(\($0)) is true" } ?? "true"
    }

    /// A few statements of users on random nodes. B's users are refused what is outside the filter.
    mutating func change() throws {
        for _ in 0..<Int.random(in: 6...14, using: &random) {
            // Mostly where the filter is.
            let index = [0, 0, 0, 1, 1, 1, 2, 3].randomElement(using: &random) ?? 0
            let statement = statement(at: index)
            try run(statement, at: index)
        }
        if Bool.random(using: &random) { try meet() }
    }

    /// A and B change one row, as they seldom do by chance.
    private mutating func meet() throws {
        token += 2
        let row = Int.random(in: 1...4, using: &random)
        let hid = Bool.random(using: &random) ? "" : "val = \(token), "
        // Out of the filter, mostly.
        let region = Bool.random(using: &random) ? "region" : "3"
        try run(
            "update item set \(hid)hid = \(token), region = \(region) where id = \(row)", at: 0)
        let statements = [
            "delete from item where id = \(row)", "delete from item where id = \(row)",
            "update item set val = \(token - 1) where id = \(row)", "truncate item",
            "insert into item (id, region, val) values (\(row), 0, \(token - 1)) on conflict do nothing",
        ]
        try run(statements.randomElement(using: &random) ?? "", at: 1)
    }

    private mutating func run(_ statement: String, at index: Int) throws {
        let session = sessions[index]
        let before = try tokens(session)
        let (hiddenBefore, keys) = (try hidden(session), try keys(session))
        let outside = try self.outside(session)
        do {
            try session.script(statement)
        } catch let error as PostgresError where error.sqlstate == SQLState.checkViolation {
            #expect(index == 1 && error.message.contains("outside the filter"))
        }
        ledger.note(before: before, after: try tokens(session))
        let known = hides(rules["item"]) ? seen[index + 1, default: [:]] : [:]
        let gone = try keys.subtracting(self.keys(session)).compactMap { known[$0] }
        hiddenLedger.note(
            before: Set(hiddenBefore.values).union(gone), after: Set(try hidden(session).values)
        )
        if index == 1 {
            #expect(try self.outside(session).subtracting(outside).isEmpty)
        }
    }

    private func outside(_ session: Connection) throws -> Set<Int> {
        let rows = try session.query(
            """
            select val as token from public.item where not (\(raw: condition("item")))
            union all
            select val from public.part where not (\(raw: condition("part")))
            """)
        return Set(try rows.map { try $0.int("token") })
    }

    private mutating func statement(at index: Int) -> String {
        token += 1
        let table = Bool.random(using: &random) ? "item" : "part"
        let row = Int.random(in: 1...4, using: &random)
        // What B is refused makes no history: it mostly writes what both may have.
        let isNear = index == 1 && Int.random(in: 0..<4, using: &random) > 0
        let number = isNear ? 0 : Int.random(in: 0...3, using: &random)
        let region = number < 3 ? "\(number)" : table == "item" ? "null" : "7"
        let sees = table == "item" && (!(1...2).contains(index) || !hides(rules["item"]))
        let hid = sees ? ", hid = \(token)" : ""
        switch Int.random(in: 0..<30, using: &random) {
        case 0...15:
            return "insert into \(table) (id, region, val\(sees ? ", hid" : "")) "
                + "values (\(row), \(region), \(token)\(sees ? ", \(token)" : "")) "
                + "on conflict do nothing"
        case 16: return "update \(table) set val = \(token)\(hid) where id = \(row)"
        case 17...18:
            return "update \(table) set \(sees ? "hid" : "val") = \(token) where id = \(row)"
        case 19...22:
            return table == "item"
                ? "update item set val = \(token), region = \(region)\(hid) where id = \(row)"
                : """
                update part set val = \(token), region = \(region)
                where id = \(row) and not exists (
                    select from part where id = \(row) and region = \(region)
                ) and (select count(*) from part where id = \(row)) = 1
                """
        case 23...26: return "delete from \(table) where id = \(row)"
        case 27:
            return """
                update item set id = \(row + 4)
                where id = \(row) and not exists (select from item where id = \(row + 4))
                """
        case 28: return "delete from \(table) where region = \(region)"
        default: return "truncate \(table)"
        }
    }

    private func tokens(_ session: Connection) throws -> Set<Int> {
        let rows = try session.query(
            "select val as token from public.item union all select val from public.part")
        return Set(try rows.map { try $0.int("token") })
    }

    /// Syncs one or two random edges, often one way only, or something goes by file.
    mutating func syncSomething() throws {
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            if Int.random(in: 0..<3, using: &random) == 0 {
                try moveFile()
                continue
            }
            // The edge with the filter more often than the others.
            guard var edge = (tree.edges + [(1, 2), (1, 2)]).randomElement(using: &random) else {
                return
            }
            if Bool.random(using: &random) { edge = (edge.1, edge.0) }
            try sync(edge, isOneWay: Bool.random(using: &random))
        }
    }

    /// Syncs all edges until quiet; returns what is wrong then.
    mutating func settle() throws -> [String] {
        for table in ["item", "part"] where rules[table] == .nothing {
            try set(.rows("region = 0"), table)
        }
        var options = SyncOptions()
        options.merges = true
        try tree.syncUntilQuiet(options)
        var problems: [String] = []
        for table in ["item", "part"] {
            let all = try rows(1, table, "true")
            let isPart = hides(rules[table])
            let filtered = try rows(1, table, condition(table), hides: isPart)
            for (node, wanted) in [(2, filtered), (3, filtered), (4, all)] {
                let found = try rows(node, table, "true")
                guard found != wanted else { continue }
                problems.append("\(table) of node \(node) is \(found), and not \(wanted)")
            }
        }
        let comparison = try tree.edge((1, 2)).compare()
        if !comparison.isLevel { problems.append("compare: \(comparison.rows)") }
        let lost = ledger.lost(
            current: try tokens(sessions[0]), recorded: try recorded("val", at: 0))
        if !lost.isEmpty { problems.append("values were lost: \(lost)") }
        let wiped = hiddenLedger.lost(
            current: Set(try hidden(sessions[0]).values), recorded: try recorded("hid", at: 0))
        if !wiped.isEmpty { problems.append("hidden values were lost: \(wiped)") }
        for index in 1...2 where hides(rules["item"]) {
            let known = try recorded("hid", at: index)
            if !known.isEmpty { problems.append("the history of \(index + 1) has \(known)") }
        }
        return problems
    }

    private func rows(
        _ node: Int, _ table: String, _ condition: String, hides: Bool = false
    ) throws -> [String] {
        let hidden = table == "item" && !hides ? "hid" : "null"
        return try sessions[node - 1].query(
            """
            select row(id, region, val, \(raw: node == 1 ? hidden : table == "item" ? "hid" : "null"))::text
                as row
            from \(raw: "public." + table)
            where \(raw: condition)
            order by id, region, val
            """
        ).map { try $0.string("row") }
    }

    /// The tokens that the history of conflicts holds in a column.
    private func recorded(_ column: String, at index: Int) throws -> Set<Int> {
        let rows = try sessions[index].query(
            """
            select distinct (v ->> \(column))::int as token
            from replication.conflict
                cross join lateral (values (winner), (loser)) as w (v)
            where json_typeof(v) = 'object'
                and v ->> \(column) is not null
            """)
        return Set(try rows.map { try $0.int("token") })
    }
}
