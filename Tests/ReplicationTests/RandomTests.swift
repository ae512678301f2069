import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Five databases in a random tree, changed and synced at random until quiet: all five are equal
/// then, and no version that a user wrote is gone without a trace.
@Suite struct RandomTests {
    /// How many rounds of changes and syncs; TROMPE_ROUNDS sets another number.
    private static let rounds =
        ProcessInfo.processInfo.environment["TROMPE_ROUNDS"].flatMap { Int($0) } ?? 80

    @Test(arguments: Way.allCases)
    func fiveDatabasesComeToRestEqualAndLoseNothing(way: Way) throws {
        let seed = SeededGenerator.seed()
        let rounds = way.share(of: Self.rounds)
        var history = try RandomHistory(seed: seed, way: way)
        do {
            for round in 1...rounds {
                try history.change()
                try history.move()
                if round.isMultiple(of: 25) || round == rounds {
                    let problems = try history.settle()
                    #expect(problems.isEmpty, "TROMPE_SEED=\(seed), round \(round): \(problems)")
                    if !problems.isEmpty { break }
                }
            }
        } catch {
            Issue.record("TROMPE_SEED=\(seed): \(error)")
        }
        try history.remove()
    }
}

/// The databases, and what the users of each have written so far.
///
/// Every row written holds a number of its own, its token. A token that a user's statement removed
/// from a row that he saw is overwritten; every other one must be somewhere at the end: in a row, or
/// in the history of conflicts.
private struct RandomHistory {
    private var random: SeededGenerator
    private let tree: TestTree
    /// What the users of each node work with.
    private let sessions: [Connection]
    /// Transactions that began some rounds ago and will commit some rounds later.
    private var late: [(session: Connection, tokens: [Int], until: Int)] = []
    private var ledger = TokenLedger()
    private var token = 0
    private var round = 0
    private let way: RandomTests.Way
    private var isStaged: Bool { way == .staged }
    private var files = FilesUnderWay()

    private static let tables = ["item", "pair", "part", "tag"]

    init(seed: UInt64, way: RandomTests.Way) throws {
        self.way = way
        random = SeededGenerator(seed: seed)
        tree = try TestTree(5, edges: random.edges(of: 5), isPrepared: true)
        for node in tree.nodes {
            try node.psql(
                """
                create table item (id int primary key, token int, code int);
                create table pair (a text, b int, token int, primary key (b, a));
                create table part (id int, region int, token int, primary key (id, region))
                    partition by list (region);
                create table part_0 partition of part for values in (0);
                create table part_1 partition of part for values in (1);
                create table tag (id int primary key, name text unique, token int);
                create function larger(older jsonb, newer jsonb) returns jsonb language sql as
                    $$ select case when (older ->> 'token')::int % 2 = 0 then older else newer end $$;
                """)
        }
        try tree.install()
        for table in Self.tables {
            let policy =
                ["newest", "priority", "function"].randomElement(using: &random) ?? "newest"
            let order = [1, 2, 3, 4, 5].shuffled(using: &random).prefix(3).map(String.init)
            let argument =
                switch policy {
                case "priority": Optional(order.joined(separator: ","))
                case "function": Optional("public.larger")
                default: String?.none
                }
            try setPolicy(tree[1].connection, table: table, policy: policy, argument: argument)
        }
        sessions = try tree.nodes.map { try Self.session($0) }
        try tree.syncUntilQuiet()
    }

    private static func session(_ node: TestNode) throws -> Connection {
        let session = try Connection(node.conninfo)
        // A late transaction holds its table against a TRUNCATE: that user gives up soon.
        try session.script("reset all; set lock_timeout = '200ms'")
        return session
    }

    /// A few statements of users on random nodes.
    mutating func change() throws {
        round += 1
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let session = sessions[Int.random(in: 0..<5, using: &random)]
            let before = try Self.tokens(session)
            do {
                try session.script(statement())
            } catch let error as PostgresError where error.sqlstate == SQLState.lockNotAvailable {
                continue
            }
            let after = try Self.tokens(session)
            ledger.note(before: before, after: after)
        }
        try beginLate()
        try commitLate(all: false)
        if Int.random(in: 0..<3, using: &random) == 0 {
            try tree.nodes.randomElement(using: &random)?.compactLogs()
        }
    }

    /// The tokens that a node's rows hold.
    private static func tokens(_ session: Connection) throws -> Set<Int> {
        let rows = try session.query(
            """
            select token from public.item
            union all select token from public.pair
            union all select token from public.part
            union all select token from public.tag
            """)
        return Set(try rows.map { try $0.int("token") })
    }

    private mutating func statement() -> String {
        token += 1
        let key = Int.random(in: 1...8, using: &random)
        let other = Int.random(in: 1...8, using: &random)
        let new = token * 2 + Int.random(in: 0...1, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case ..<8:
            return "insert into tag values (\(key), 'n\(other)', \(new)) on conflict do nothing"
        case ..<13:
            return """
                update tag set name = 'n\(other)', token = \(new)
                where id = \(key)
                    and not exists (select from tag where name = 'n\(other)' and id <> \(key))
                """
        case ..<15: return "delete from tag where id = \(key)"
        case ..<25:
            return "insert into item values (\(key), \(new), \(key)) on conflict do nothing"
        case ..<40: return "update item set token = \(new) where id = \(key)"
        case ..<48: return "delete from item where id = \(key)"
        case ..<54:
            return """
                update item set id = \(other), token = \(new)
                where id = \(key) and not exists (select from item where id = \(other))
                """
        case ..<64:
            return
                "insert into pair values ('k\(key)', \(other % 3), \(new)) on conflict do nothing"
        case ..<72: return "update pair set token = \(new) where a = 'k\(key)' and b = \(other % 3)"
        case ..<76: return "delete from pair where a = 'k\(key)'"
        case ..<86:
            return "insert into part values (\(key), \(other % 2), \(new)) on conflict do nothing"
        case ..<94:
            return """
                update part set region = 1 - region, token = \(new)
                where (id, region) = (\(key), \(other % 2))
                    and not exists (select from part where (id, region) = (\(key), \(1 - other % 2)))
                """
        case ..<97: return "truncate item"
        case ..<98: return "truncate part_\(other % 2)"
        case ..<99: return "truncate part"
        default: return "begin; delete from pair; rollback; truncate pair"
        }
    }

    /// Now and then a transaction that writes now and commits later: it must not be skipped.
    private mutating func beginLate() throws {
        guard late.count < 2, Int.random(in: 0..<5, using: &random) == 0 else { return }
        let node = tree.nodes[Int.random(in: 0..<5, using: &random)]
        token += 1
        let session = try Self.session(node)
        try session.script("begin; insert into item values (\(1_000 + token), \(token * 2), 0)")
        late.append(
            (session, [token * 2], round + Int.random(in: 1...4, using: &random)))
    }

    private mutating func commitLate(all: Bool) throws {
        for open in late where all || open.until <= round {
            try open.session.script("commit")
            ledger.note(before: [], after: Set(open.tokens))
        }
        late.removeAll { all || $0.until <= round }
    }

    /// Something goes from node to node.
    mutating func move() throws {
        guard way == .carried, Int.random(in: 0..<4, using: &random) > 0 else {
            return try syncSomething()
        }
        for _ in 0..<2 { try files.move(in: tree, using: &random) }
    }

    /// Syncs one or two random edges, sometimes one way only.
    mutating func syncSomething() throws {
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            guard var edge = tree.edges.randomElement(using: &random) else { return }
            if Bool.random(using: &random) { edge = (edge.1, edge.0) }
            var options = isStaged ? SyncOptions.bitByBit : SyncOptions()
            options.isOneWay = Int.random(in: 0..<4, using: &random) == 0
            options.lockTimeoutMilliseconds = 200
            options.retryLimit = 1
            // Pieces of one row, of some, and of all that there is.
            options.straightBytes = [1, 300, 512 << 10].randomElement(using: &random) ?? 1
            do {
                if isStaged, Bool.random(using: &random) {
                    try tree.cutSync(edge, after: Int.random(in: 1...8, using: &random), options)
                } else {
                    try tree.sync(edge, options)
                }
            } catch ReplicationError.cutOff {
            } catch let error as PostgresError where error.isConnectionFailure {
            } catch let error as PostgresError where error.sqlstate == SQLState.lockNotAvailable {
                // A late transaction holds the table: no harm, the next sync does it.
            } catch ReplicationError.halfDone {
            }
        }
    }

    /// Syncs all edges until quiet; returns what is wrong then.
    mutating func settle() throws -> [String] {
        try commitLate(all: true)
        try tree.syncUntilQuiet()
        try giveWaitingRowsOtherNames()
        let contents = try tree.nodes.map { try $0.contents() }
        var problems = tree.nodes.indices.filter { contents[$0] != contents[0] }.map { index in
            "node \(index + 1) differs from node 1:\n\(contents[index])\n---\n\(contents[0])"
        }
        let current = try Self.tokens(sessions[0])
        // A key that loses a claim goes back to what it was on the other side.
        let tags = try sessions[0].query("select token from public.tag").map { try $0.int("token") }
        let back = current.intersection(ledger.overwritten).subtracting(tags)
        if !back.isEmpty { problems.append("overwritten rows came back: \(back.sorted())") }
        let lost = ledger.lost(current: current, recorded: try recordedTokens())
        if !lost.isEmpty { problems.append("rows were lost: \(lost)") }
        return problems
    }

    /// What a person does about rows that wait: where they come from, they get a name that is free.
    private mutating func giveWaitingRowsOtherNames() throws {
        for _ in 0..<20 {
            var isDone = true
            for node in tree.nodes {
                for row in try WaitingRow.all(node.connection) {
                    isDone = false
                    token += 1
                    let session = sessions[row.neighbour - 1]
                    let before = try Self.tokens(session)
                    try session.script(
                        """
                        update tag set name = 'free\(token)', token = \(token * 2)
                        where id = (\(quoteLiteral(row.key))::json ->> 'id')::int
                        """)
                    let after = try Self.tokens(session)
                    ledger.note(before: before, after: after)
                }
            }
            if isDone { return }
            try tree.syncUntilQuiet()
        }
    }

    private func recordedTokens() throws -> Set<Int> {
        let rows = try sessions[0].query(
            """
            select (v ->> 'token')::int as token
            from replication.conflict
                cross join lateral (values (winner), (loser)) as w (v)
            where v is not null
            """)
        return Set(try rows.map { try $0.int("token") })
    }

    func remove() throws {
        for session in sessions { session.close() }
        try tree.remove()
    }
}
