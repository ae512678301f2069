import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Random columns changed on random nodes of a tree with the policy "columns": all nodes are equal in
/// the end, and no change is gone but for a later or a recorded one of the same column.
@Suite struct RandomColumnsTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["TROMPE_ROUNDS"].flatMap { Int($0) } ?? 20

    @Test func whatOneNodeAloneChangedStands() throws {
        let seed = SeededGenerator.seed()
        var history = try RandomColumns(seed: seed)
        defer { history.remove() }
        do {
            for round in 1...Self.rounds {
                try history.change()
                try history.syncSomething()
                if round.isMultiple(of: 15) || round == Self.rounds {
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

/// The databases, and what their users have written. Every value written is a number of its own, its
/// token. A user who changes a column overwrites the token that he sees there.
private struct RandomColumns {
    private var random: SeededGenerator
    private let tree: TestTree
    private let sessions: [Connection]
    /// Where each token was written: `3.b` is the column b of row 3.
    private var written: [Int: String] = [:]
    private var overwritten: Set<Int> = []
    private var token = 0

    private static let columns = ["a", "b", "c", "d"]
    /// The rows up to this number are never deleted.
    private static let lasting = 3

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        let count = Int.random(in: 3...5, using: &random)
        tree = try TestTree(count, edges: random.edges(of: count), isPrepared: true)
        for node in tree.nodes {
            // Everywhere in another order.
            let columns = Self.columns.shuffled(using: &random).map { "\($0) int" }
            try node.psql(
                """
                create table item (\(columns.joined(separator: ", ")), id int primary key);
                create table part (id int, region int, \(columns.joined(separator: ", ")),
                    primary key (id, region)) partition by list (region);
                create table part_0 partition of part for values in (0);
                create table part_1 (d int, c int, b int, a int, region int not null,
                    id int not null);
                alter table part attach partition part_1 for values in (1);
                """)
        }
        try tree[1].psql(
            """
            insert into item (id) select generate_series(1, 4);
            insert into part (id, region) select g, g % 2 from generate_series(1, 4) as g;
            """)
        try tree.install()
        for node in tree.nodes {
            let skew = Int.random(in: 0...6, using: &random)
            try node.psql("select setval('replication.clock', \(skew) * 3600000000)")
        }
        for table in ["item", "part"] {
            try setPolicy(tree[1].connection, table: table, policy: "columns", argument: nil)
        }
        try tree.syncUntilQuiet()
        sessions = try tree.nodes.map { try $0.session() }
    }

    /// A few statements of users on random nodes.
    mutating func change() throws {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let session = sessions[Int.random(in: 0..<sessions.count, using: &random)]
            let before = try cells(session)
            try session.script(statement())
            let after = try cells(session)
            for (number, place) in after where before[number] == nil { written[number] = place }
            overwritten.formUnion(Set(before.keys).subtracting(after.keys))
        }
    }

    private mutating func statement() -> String {
        let table = Bool.random(using: &random) ? "item" : "part"
        let row = Int.random(in: 1...4, using: &random)
        if row > Self.lasting, Int.random(in: 0..<3, using: &random) == 0 {
            token += 1
            return Bool.random(using: &random)
                ? "delete from \(table) where id = \(row)"
                : table == "item"
                    ? "insert into item (id, a) values (\(row), \(token)) on conflict do nothing"
                    : "insert into part (id, region, a) values (\(row), 0, \(token)) "
                        + "on conflict do nothing"
        }
        let count = Int.random(in: 1...2, using: &random)
        let assignments = Self.columns.shuffled(using: &random).prefix(count).map { column in
            token += 1
            return "\(column) = \(token)"
        }
        let noise = Self.columns.randomElement(using: &random).map { column in
            assignments.contains { $0.hasPrefix(column) } ? "id = id" : "\(column) = \(column)"
        }
        let all = (assignments + [noise ?? "id = id"]).joined(separator: ", ")
        let many = Int.random(in: 0..<8, using: &random) == 0
        return many
            ? "update \(table) set \(noise ?? "id = id")"
            : "update \(table) set \(all) where id = \(row)"
    }

    /// The tokens that a node's rows hold, and where.
    private func cells(_ session: Connection) throws -> [Int: String] {
        let rows = try session.query(
            """
            select v.token, t.id || v.name as place
            from (
                select 'item ' || id as id, a, b, c, d from public.item
                union all select 'part ' || id, a, b, c, d from public.part
            ) as t
                cross join lateral (values (a, '.a'), (b, '.b'), (c, '.c'), (d, '.d'))
                    as v (token, name)
            where v.token is not null
            """)
        var found: [Int: String] = [:]
        for row in rows { found[try row.int("token")] = try row.string("place") }
        return found
    }

    /// Syncs one or two random edges, often one way only.
    mutating func syncSomething() throws {
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            guard var edge = tree.edges.randomElement(using: &random) else { return }
            if Bool.random(using: &random) { edge = (edge.1, edge.0) }
            var options = SyncOptions()
            options.isOneWay = Bool.random(using: &random)
            try tree.sync(edge, options)
        }
    }

    /// Syncs all edges until quiet; returns what is wrong then.
    mutating func settle() throws -> [String] {
        try tree.syncUntilQuiet()
        let contents = try tree.nodes.map { try $0.contents() }
        var problems = tree.nodes.indices.filter { contents[$0] != contents[0] }.map { index in
            "node \(index + 1) differs from node 1:\n\(contents[index])\n---\n\(contents[0])"
        }
        let current = Set(try cells(sessions[0]).keys)
        // A row that outlives its delete comes back whole.
        let back = current.intersection(overwritten).filter(isLasting)
        if !back.isEmpty { problems.append("overwritten values came back: \(back.sorted())") }
        let standing = Set(written.keys).subtracting(overwritten)
        let lost = standing.subtracting(current).subtracting(try recorded())
        if !lost.isEmpty { problems.append("values were lost: \(lost.sorted())") }
        for (place, numbers) in Dictionary(grouping: standing, by: { written[$0] ?? "" }) {
            guard numbers.count == 1, isLasting(numbers[0]) else { continue }
            if !current.contains(numbers[0]) { problems.append("\(place) lost to nobody") }
        }
        return problems
    }

    private func isLasting(_ token: Int) -> Bool {
        let row = written[token]?.split(separator: ".").first?.split(separator: " ").last
        return (row.flatMap { Int($0) } ?? 0) <= Self.lasting
    }

    /// The tokens that the history of conflicts holds.
    private func recorded() throws -> Set<Int> {
        let rows = try sessions[0].query(
            """
            select distinct c.value::int as token
            from replication.conflict
                cross join lateral (values (winner), (loser)) as w (v)
                cross join lateral json_each_text(v) as c
            where json_typeof(v) = 'object'
                and c.key in ('a', 'b', 'c', 'd')
                and c.value is not null
            """)
        return Set(try rows.map { try $0.int("token") })
    }

    func remove() {
        for session in sessions { session.close() }
        do { try tree.remove() } catch { Issue.record(error) }
    }
}
