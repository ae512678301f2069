import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Random work around a filter that is set, changed and removed meanwhile: A is its home, B gets a part
/// of the rows, C is behind B, and D another neighbour of A. In the end B and C have what the filter
/// lets through of A's rows, D has all of them, and nothing is gone but what somebody overwrote who had
/// seen it, or what the history holds.
@Suite struct RandomFilterTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["TROMPE_ROUNDS"].flatMap { Int($0) } ?? 10

    @Test func nothingIsLostOnEitherSideOfAFilter() throws {
        let seed = SeededGenerator.seed()
        var history = try RandomFilter(seed: seed)
        defer { history.remove() }
        do {
            for round in 1...Self.rounds {
                if round.isMultiple(of: 3) { try history.setFilter() }
                try history.change()
                try history.syncSomething()
                if round.isMultiple(of: 10) || round == Self.rounds {
                    let problems = try history.settle()
                    #expect(problems.isEmpty, "TROMPE_SEED=\(seed), round \(round): \(problems)")
                    if !problems.isEmpty { break }
                }
            }
        } catch {
            Issue.record("TROMPE_SEED=\(seed): \(error)")
        }
    }
}

private struct RandomFilter {
    private var random: SeededGenerator
    private let tree: TestTree
    private let sessions: [Connection]
    private var ledger = TokenLedger()
    private var token = 0
    /// What B gets of each table.
    private var rules: [String: Edge.Rule] = ["item": .all, "part": .all]

    private static let conditions = [
        "region = 0", "region <= 1", "region > 0", "region = 2 or region is null", "val % 2 = 0",
    ]

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        tree = try TestTree(4, edges: [(1, 2), (2, 3), (1, 4)], isPrepared: true)
        for node in tree.nodes {
            try node.psql(
                """
                create table item (id int primary key, region int, val int);
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
        // Before the first sync, too.
        if Bool.random(using: &random) {
            rules["item"] = .rows("region = 0")
            _ = try tree.edge((1, 2)).setFilter(table: "item", .rows("region = 0"))
        } else {
            try tree.syncUntilQuiet()
        }
        sessions = try tree.nodes.map { try $0.session() }
    }

    /// Another filter, or none, while work is under way.
    mutating func setFilter() throws {
        let table = Bool.random(using: &random) ? "item" : "part"
        let rule: Edge.Rule =
            switch Int.random(in: 0..<10, using: &random) {
            case 0: .all
            case 1: .nothing
            default: .rows(Self.conditions.randomElement(using: &random) ?? "region = 0")
            }
        try set(rule, table)
    }

    private mutating func set(_ rule: Edge.Rule, _ table: String) throws {
        _ = try tree.edge((1, 2)).setFilter(table: table, rule)
        rules[table] = rule
    }

    private func condition(_ table: String) -> String {
        guard case .rows(let condition) = rules[table] else { return "true" }
        return "(\(condition)) is true"
    }

    /// A few statements of users on random nodes. B's users are refused what is outside the filter.
    mutating func change() throws {
        for _ in 0..<Int.random(in: 6...14, using: &random) {
            let index = Int.random(in: 0..<sessions.count, using: &random)
            let session = sessions[index]
            let before = try tokens(session)
            let outside = try self.outside(session)
            do {
                try session.script(statement())
            } catch let error as PostgresError where error.sqlstate == SQLState.checkViolation {
                #expect(index == 1 && error.message.contains("outside the filter"))
            }
            ledger.note(before: before, after: try tokens(session))
            if index == 1 {
                #expect(try self.outside(session).subtracting(outside).isEmpty)
            }
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

    private mutating func statement() -> String {
        token += 1
        let table = Bool.random(using: &random) ? "item" : "part"
        let row = Int.random(in: 1...5, using: &random)
        let number = Int.random(in: 0...3, using: &random)
        let region = number < 3 ? "\(number)" : table == "item" ? "null" : "7"
        switch Int.random(in: 0..<30, using: &random) {
        case 0...15:
            return "insert into \(table) (id, region, val) values (\(row), \(region), \(token)) "
                + "on conflict do nothing"
        case 16...18: return "update \(table) set val = \(token) where id = \(row)"
        case 19...22:
            return table == "item"
                ? "update item set val = \(token), region = \(region) where id = \(row)"
                : """
                update part set val = \(token), region = \(region)
                where id = \(row) and not exists (
                    select from part where id = \(row) and region = \(region)
                ) and (select count(*) from part where id = \(row)) = 1
                """
        case 23...26: return "delete from \(table) where id = \(row)"
        case 27:
            return """
                update item set id = \(row + 5)
                where id = \(row) and not exists (select from item where id = \(row + 5))
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

    /// Syncs one or two random edges, often one way only.
    mutating func syncSomething() throws {
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            // The edge with the filter more often than the others.
            guard var edge = (tree.edges + [(1, 2), (1, 2)]).randomElement(using: &random) else {
                return
            }
            if Bool.random(using: &random) { edge = (edge.1, edge.0) }
            var options = SyncOptions()
            options.isOneWay = Bool.random(using: &random)
            options.merges = true
            try tree.sync(edge, options)
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
            let filtered = try rows(1, table, condition(table))
            for (node, wanted) in [(2, filtered), (3, filtered), (4, all)] {
                let found = try rows(node, table, "true")
                guard found != wanted else { continue }
                problems.append("\(table) of node \(node) is \(found), and not \(wanted)")
            }
        }
        let comparison = try tree.edge((1, 2)).compare()
        if !comparison.isLevel { problems.append("compare: \(comparison.rows)") }
        let lost = ledger.lost(current: try tokens(sessions[0]), recorded: try recorded())
        if !lost.isEmpty { problems.append("values were lost: \(lost)") }
        return problems
    }

    private func rows(_ node: Int, _ table: String, _ condition: String) throws -> [String] {
        try sessions[node - 1].query(
            """
            select row(id, region, val)::text as row
            from \(raw: "public." + table)
            where \(raw: condition)
            order by id, region, val
            """
        ).map { try $0.string("row") }
    }

    /// The tokens that the history of conflicts holds.
    private func recorded() throws -> Set<Int> {
        let rows = try sessions[0].query(
            """
            select distinct (v ->> 'val')::int as token
            from replication.conflict
                cross join lateral (values (winner), (loser)) as w (v)
            where json_typeof(v) = 'object'
            """)
        return Set(try rows.map { try $0.int("token") })
    }

    func remove() {
        for session in sessions { session.close() }
        do { try tree.remove() } catch { Issue.record(error) }
    }
}
