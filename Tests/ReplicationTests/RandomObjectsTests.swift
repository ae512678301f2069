import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Five databases in a random tree, of which users write, share, replace and remove large objects at
/// random, synced at random until quiet: rows and objects are equal then, also which rows share one; no
/// node has an object that nothing names; and nothing that a user wrote is gone without a trace.
@Suite struct RandomObjectsTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["TROMPE_ROUNDS"].flatMap { Int($0) } ?? 20

    /// Each run takes one of them, by its seed; TROMPE_POLICY, the beginning of one, sets which.
    private static let policies = ["newest", "priority 3,1,5,2,4", "columns"]

    @Test func objectsComeToRestEqualAndNothingIsLost() throws {
        let seed = SeededGenerator.seed()
        let wanted = ProcessInfo.processInfo.environment["TROMPE_POLICY"]
        let policy =
            wanted.flatMap { word in Self.policies.first { $0.hasPrefix(word) } }
            ?? Self.policies[Int(seed % UInt64(Self.policies.count))]
        var history = try RandomObjects(seed: seed, policy: policy)
        do {
            for round in 1...Self.rounds {
                try history.change()
                try history.syncSomething()
                guard round.isMultiple(of: 15) || round == Self.rounds else { continue }
                let problems = try history.settle()
                #expect(problems.isEmpty, "TROMPE_SEED=\(seed), \(policy), round \(round)")
                if !problems.isEmpty { break }
            }
        } catch {
            Issue.record("TROMPE_SEED=\(seed), \(policy): \(error)")
        }
        try history.remove()
    }
}

/// The databases, and what their users have written.
private struct RandomObjects {
    private var random: SeededGenerator
    private let tree: TestTree
    private let sessions: [Connection]
    private var ledger = TokenLedger()
    private var token = 0
    /// A history that was pruned is not that of the other nodes.
    private var isPruned = false
    private let isVerbose = ProcessInfo.processInfo.environment["TROMPE_VERBOSE"] != nil

    private static let actions = [
        "insert", "insert", "insert", "insert scan", "write", "write", "write", "write scan",
        "resize", "title", "nothing", "null", "copy", "share", "share", "share scan", "unlink",
        "delete", "rename", "rename",
    ]

    init(seed: UInt64, policy: String) throws {
        random = SeededGenerator(seed: seed)
        tree = try TestTree(5, edges: random.edges(of: 5), isPrepared: true)
        let schema = try String(
            contentsOf: Scenario.fixtures.appending(path: "objects/app.sql"), encoding: .utf8)
        for node in tree.nodes { try node.psql(schema) }
        try tree.install()
        sessions = try tree.nodes.map { try $0.session() }
        try tree[1].psql(
            """
            select replication.large_object('doc', 'scan');
            select replication.set_policy('doc', '\(policy.replacing(" ", with: "', '"))')
            """)
        try tree.syncUntilQuiet()
    }

    /// A few actions of users on random nodes.
    mutating func change() throws {
        for _ in 0..<Int.random(in: 1...6, using: &random) { try act() }
        if Int.random(in: 0..<4, using: &random) == 0 { try restore() }
        if Int.random(in: 0..<15, using: &random) == 0 { try prune() }
    }

    /// Puts back a version that lost, on the node that has its objects, or on any other.
    private mutating func restore() throws {
        let node = Int.random(in: 1...5, using: &random)
        let session = sessions[node - 1]
        // Numbers of their own apart, in an order that the seed decides.
        let conflicts = try session.query(
            """
            select id
            from replication.conflict
            order by decided_at, key::text, loser_changed_at, loser_origin, id
            """)
        guard let conflict = conflicts.randomElement(using: &random) else { return }
        let before = try Self.tokens(session)
        do {
            let outcome = try session.query(
                "select replication.restore(\(try conflict.string("id"))::uuid, true) as outcome")
            if isVerbose { print("\(node): restore: \(try outcome[0].string("outcome"))") }
        } catch let error as PostgresError where error.sqlstate == "P0001" {
            if isVerbose { print("\(node): no restore: \(error.message)") }
        }
        ledger.note(before: before, after: try Self.tokens(session))
    }

    /// Lets go of the history of one node.
    private mutating func prune() throws {
        let session = sessions[Int.random(in: 0..<5, using: &random)]
        let before = try Self.kept(session)
        _ = try session.query("select replication.prune('0')")
        isPruned = true
        if isVerbose { print("pruned") }
        ledger.note(before: before, after: try Self.kept(session))
    }

    private mutating func act() throws {
        let node = Int.random(in: 1...5, using: &random)
        let session = sessions[node - 1]
        let before = try Self.tokens(session)
        token += 1
        let isRare = Int.random(in: 0..<100, using: &random) == 0
        let what = isRare ? "truncate" : Self.actions.randomElement(using: &random) ?? ""
        let one = "d\(Int.random(in: 1...8, using: &random))"
        let other = "d\(Int.random(in: 1...8, using: &random))"
        let slot = Int.random(in: 0...2, using: &random)
        let size =
            [0, 5, 3_000, 262_144, 300_000, 524_288, 700_000]
            .randomElement(using: &random) ?? 0
        if isVerbose { print("\(node): \(what) \(one) \(other) T\(token) \(slot) \(size)") }
        try session.execute(
            "select act(\(what), \(one), \(other), \(token)::int, \(slot)::int, \(size)::int)")
        ledger.note(before: before, after: try Self.tokens(session))
    }

    /// The tokens in the objects of all rows, and in how many places each stands: two objects can have
    /// the same content.
    private static func tokens(_ session: Connection) throws -> [Int: Int] {
        let rows = try session.query(
            """
            select t.token, count(*) as places
            from doc
                cross join lateral (values (lo::bigint), (scan)) as v (n)
                cross join lateral tokens_in(array[v.n]) as t (token)
            where v.n is not null
            group by t.token
            """)
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try $0.int("token"), try $0.int("places")) })
    }

    /// The tokens in the objects that the history keeps.
    private static func kept(_ session: Connection) throws -> Set<Int> {
        let rows = try session.query(
            "select tokens_in(array(select lo::bigint from replication.kept_object)) as token")
        return Set(try rows.map { try $0.int("token") })
    }

    mutating func syncSomething() throws {
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            guard let edge = tree.edges.randomElement(using: &random) else { continue }
            if isVerbose { print("sync \(edge)") }
            let report = try tree.sync(edge)
            if isVerbose {
                for way in report.directions {
                    print("    \(way.source) \(way.moved) \(way.conflicts) \(way.objects)")
                }
            }
        }
    }

    /// Lets all changes arrive everywhere; what is wrong then.
    mutating func settle() throws -> [String] {
        try tree.syncUntilQuiet()
        var problems: [String] = []
        let contents = try tree.nodes.map { try $0.contents() }
        let lines = contents.map { content in
            Set(
                content.split(separator: "\n").filter {
                    !isPruned || !$0.hasPrefix("replication.conflict:")
                })
        }
        for (node, own) in zip(tree.nodes, lines) where own != lines[0] {
            problems.append("\(node.letter) alone has: \(own.subtracting(lines[0]).sorted())")
            problems.append("A has, and not \(node.letter): \(lines[0].subtracting(own).sorted())")
        }
        let shared = try sessions.map { try Self.shared($0) }
        for (node, groups) in zip(tree.nodes, shared) where groups != shared[0] {
            problems.append("\(node.letter) shares \(groups), A shares \(shared[0])")
        }
        for node in tree.nodes {
            let orphans = try node.orphans()
            if !orphans.isEmpty { problems.append("orphans of \(node.letter): \(orphans)") }
        }
        let kept = try sessions.reduce(into: Set<Int>()) { $0.formUnion(try Self.kept($1)) }
        let lost = ledger.lost(current: Set(try Self.tokens(sessions[0]).keys), recorded: kept)
        if !lost.isEmpty { problems.append("lost: \(lost)") }
        for problem in problems { print(problem) }
        return problems
    }

    /// Which columns of which rows name one object together.
    private static func shared(_ session: Connection) throws -> [String] {
        try session.query(
            """
            select string_agg(id || '.' || name, ' ' order by id, name) as rows
            from doc
                cross join lateral (values ('lo', lo::bigint), ('scan', scan)) as v (name, n)
            where is_there(n)
            group by n
            having count(*) > 1
            order by 1
            """
        ).map { try $0.string("rows") }
    }

    func remove() throws {
        for session in sessions { session.close() }
        try tree.remove()
    }
}
