import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Families of rows in five databases, parents deleted here and used there at random: after every
/// sync all foreign keys are true, and in the end all five are equal and nothing is lost.
@Suite struct RandomFamilyTests {
    /// How many rounds of changes and syncs; TROMPE_ROUNDS sets another number.
    private static let rounds =
        ProcessInfo.processInfo.environment["TROMPE_ROUNDS"].flatMap { Int($0) } ?? 15

    @Test func foreignKeysAreTrueAfterEverySync() throws {
        let seed = SeededGenerator.seed()
        var families = try RandomFamilies(seed: seed)
        do {
            for round in 1...Self.rounds {
                try families.change()
                var problems = try families.syncSomething()
                if round.isMultiple(of: 10) || round == Self.rounds {
                    problems += try families.settle()
                }
                #expect(problems.isEmpty, "TROMPE_SEED=\(seed), round \(round)")
                if !problems.isEmpty { break }
            }
        } catch {
            Issue.record("TROMPE_SEED=\(seed): \(error)")
        }
        try families.remove()
    }
}

/// The databases, and what the users of each have written. As in `RandomTests`, each row that is
/// written holds a token, which must be in a row or in the history in the end, unless a user who saw
/// it took it away.
private struct RandomFamilies {
    private var random: SeededGenerator
    private let tree: TestTree
    private let sessions: [Connection]
    private var ledger = TokenLedger()
    private var token = 0

    private static let tables = [
        "customer", "orders", "line", "node", "hen", "egg", "part", "visit",
    ]
    private static let schema = """
        create table customer (id int primary key, code int unique, token int);
        create table orders (id int primary key, token int,
            customer int not null references customer on delete cascade);
        create table line (id int primary key, token int,
            orders int not null references orders on delete cascade,
            code int references customer (code) on delete set null);
        create table node (id int primary key, token int,
            parent int references node on delete cascade deferrable);
        create table hen (id int primary key, token int, egg int);
        create table egg (id int primary key, token int,
            hen int references hen on delete set null deferrable);
        alter table hen add foreign key (egg) references egg on delete cascade deferrable;
        create table part (id int, region int, token int, primary key (region, id))
            partition by list (region);
        create table part_0 partition of part for values in (0);
        create table part_1 partition of part for values in (1);
        create table visit (id int, half int, token int, part int, region int,
            primary key (id, half), foreign key (part, region) references part (id, region)
            on update cascade) partition by hash (half);
        create table visit_0 partition of visit for values with (modulus 2, remainder 0);
        create table visit_1 partition of visit for values with (modulus 2, remainder 1);
        """

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        tree = try TestTree(5, edges: random.edges(of: 5), isPrepared: true)
        for node in tree.nodes { try node.psql(Self.schema) }
        try tree.install()
        for table in Self.tables {
            let order = [1, 2, 3, 4, 5].shuffled(using: &random).prefix(3).map(String.init)
            let isByOrder = Int.random(in: 0..<3, using: &random) == 0
            try setPolicy(
                tree[1].connection, table: table, policy: isByOrder ? "priority" : "newest",
                argument: isByOrder ? order.joined(separator: ",") : nil)
        }
        sessions = try tree.nodes.map { try $0.session() }
        try tree.syncUntilQuiet()
    }

    /// A few statements of users on random nodes; what a foreign key forbids is not done.
    mutating func change() throws {
        for _ in 0..<Int.random(in: 2...6, using: &random) {
            let session = sessions[Int.random(in: 0..<5, using: &random)]
            let before = try Self.tokens(session)
            do {
                try session.script(statement())
            } catch let error as PostgresError
                where [SQLState.foreignKeyViolation, SQLState.uniqueViolation]
                .contains(error.sqlstate)
            {
                continue
            }
            let after = try Self.tokens(session)
            ledger.note(before: before, after: after)
        }
    }

    private static func tokens(_ session: Connection) throws -> Set<Int> {
        let all = tables.map { "select token from public.\($0)" }.joined(separator: " union all ")
        return Set(try session.query("\(raw: all)").map { try $0.int("token") })
    }

    private mutating func statement() -> String {
        token += 1
        let key = Int.random(in: 1...5, using: &random)
        let other = Int.random(in: 1...5, using: &random)
        let table = Self.tables[Int.random(in: 0..<8, using: &random)]
        let half = other % 2
        switch Int.random(in: 0..<10, using: &random) {
        case ..<3: return "delete from \(table) where id = \(key)"
        case 3:
            return "update \(table) set token = \(token) where id = \(key) and random() < 0.7"
        default: break
        }
        let values =
            switch table {
            case "customer": "(id, code, token) values (\(key), \(key * 10), \(token))"
            case "orders": "(id, customer, token) values (\(key), \(other), \(token))"
            case "line":
                "(id, orders, code, token) values (\(key), \(other), \(half == 0 ? "null" : "\(other * 10)"), \(token))"
            case "node":
                "(id, parent, token) values (\(key), \(key == other ? "null" : "\(other)"), \(token))"
            case "hen": "(id, egg, token) values (\(key), nullif(\(other), 1), \(token))"
            case "egg": "(id, hen, token) values (\(key), nullif(\(other), 1), \(token))"
            case "part": "(id, region, token) values (\(key), \(half), \(token))"
            default:
                "(id, half, part, region, token) values (\(key), \(half), \(other), \(half), \(token))"
            }
        let refers = ["orders": "customer", "line": "orders", "node": "parent", "visit": "part"]
        let changes = refers[table].map { ", \($0) = excluded.\($0)" } ?? ""
        let target = ["part": "(region, id)", "visit": "(id, half)"][table] ?? "(id)"
        return """
            insert into \(table) \(values)
            on conflict \(target) do update set token = excluded.token\(changes)
            """
    }

    /// Syncs some random edges, sometimes one way only; returns what is wrong then.
    mutating func syncSomething() throws -> [String] {
        var problems: [String] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard var edge = tree.edges.randomElement(using: &random) else { break }
            if Bool.random(using: &random) { edge = (edge.1, edge.0) }
            var options = SyncOptions()
            options.isOneWay = Int.random(in: 0..<3, using: &random) == 0
            try tree.sync(edge, options)
            problems += try [edge.0, edge.1].flatMap { try tree[$0].brokenForeignKeys() }
        }
        return problems
    }

    /// Syncs all edges until quiet; returns what is wrong then.
    mutating func settle() throws -> [String] {
        var problems: [String] = []
        try tree.syncUntilQuiet { problems += try tree.brokenForeignKeys() }
        let contents = try tree.nodes.map { try $0.contents() }
        problems += tree.nodes.indices.filter { contents[$0] != contents[0] }.map { index in
            "node \(index + 1) differs from node 1:\n\(contents[index])\n---\n\(contents[0])"
        }
        let recorded = try sessions[0].query(
            """
            select (v ->> 'token')::int as token
            from replication.conflict
                cross join lateral (values (winner), (loser)) as w (v)
            where v is not null
            """
        ).map { try $0.int("token") }
        let lost = ledger.lost(current: try Self.tokens(sessions[0]), recorded: Set(recorded))
        if !lost.isEmpty { problems.append("rows were lost: \(lost)") }
        return problems
    }

    func remove() throws {
        for session in sessions { session.close() }
        try tree.remove()
    }
}
