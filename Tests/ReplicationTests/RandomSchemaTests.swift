import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Five databases in a random tree, of which users change rows and schemas at random, synced at random
/// until quiet: schemas and rows of all five are equal then, and nothing that a user wrote is gone
/// without a trace.
@Suite struct RandomSchemaTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["TROMPE_ROUNDS"].flatMap { Int($0) } ?? 12

    @Test func schemasAndRowsComeToRestEqualAndNothingIsLost() throws {
        let seed = SeededGenerator.seed()
        var history = try RandomSchema(seed: seed)
        do {
            for round in 1...Self.rounds {
                try history.change()
                try history.syncSomething()
                if round.isMultiple(of: 6) || round == Self.rounds {
                    let problems = try history.settle()
                    #expect(problems.isEmpty, "TROMPE_SEED=\(seed), round \(round)")
                    if !problems.isEmpty { break }
                }
            }
        } catch {
            Issue.record("TROMPE_SEED=\(seed): \(error)")
        }
        try history.remove()
    }
}

/// The databases, and what their users have written.
private struct RandomSchema {
    private var make: RandomStatements
    private let tree: TestTree
    private let sessions: [Connection]
    private var ledger = TokenLedger()
    /// A transaction that has begun and is to commit some rounds later; its node is left alone until then.
    private var late: (node: Int, before: Set<Int>, after: Set<Int>, until: Int)?
    private var round = 0

    private static let schema = """
        create schema app;
        create sequence counter;
        create table root (id int primary key, v int);
        insert into root values (1, 1), (2, 2), (3, 3);
        create table s1_1 (id int primary key, v int);
        create table app.s2_2 (id text, b int, v text, primary key (b, id));
        create table s3_3 (id int, region int, v int, primary key (id, region))
            partition by list (region);
        create table s3_3_r1 partition of s3_3 for values in (1);
        create table s3_3_r2 partition of s3_3 for values in (2, 3);
        """

    init(seed: UInt64) throws {
        make = RandomStatements(seed: seed)
        tree = try TestTree(5, edges: make.random.edges(of: 5), isPrepared: true)
        for node in tree.nodes { try node.psql(Self.schema) }
        try tree.install()
        sessions = try tree.nodes.map { try $0.session() }
        for session in sessions {
            try session.script("set lock_timeout = '200ms'")
            if make.roll(3) == 0 { try session.script("set search_path = app, public") }
        }
        try tree.syncUntilQuiet()
    }

    // MARK: What users do

    /// A few statements of users on random nodes.
    mutating func change() throws {
        round += 1
        if let late, late.until <= round { try commitLate() }
        for _ in 0..<(2 + make.roll(4)) {
            let node = 1 + make.roll(5)
            if late?.node != node { try act(on: node) }
        }
    }

    private mutating func act(on node: Int) throws {
        let session = sessions[node - 1]
        let before = try Self.tokens(session)
        var isOpen = false
        do {
            switch make.roll(20) {
            case ..<10: try run(try rows(node), on: node)
            case ..<14: try run(try schema(node), on: node)
            case ..<16: try run(try several(node).joined(separator: "; "), on: node)
            case ..<18:
                try run(Self.block(try several(node), isStatic: make.roll(2) == 0), on: node)
            default:
                try run("begin", on: node)
                for index in 0..<3 {
                    try run(index == 1 ? try schema(node) : try rows(node), on: node)
                }
                isOpen = late == nil && make.roll(3) == 0
                if !isOpen { try run(make.roll(5) == 0 ? "rollback" : "commit", on: node) }
            }
        } catch let error as PostgresError {
            if session.isInTransaction { try session.script("rollback") }
            try judge(error)
        }
        let after = try Self.tokens(session)
        if isOpen, session.isInTransaction {
            late = (node, before, after, round + 1 + make.roll(3))
        } else {
            ledger.note(before: before, after: after)
        }
    }

    private mutating func commitLate() throws {
        guard let open = late else { return }
        try sessions[open.node - 1].script("commit")
        ledger.note(before: open.before, after: open.after)
        late = nil
    }

    private mutating func rows(_ node: Int) throws -> String? {
        make.rows(try RandomCatalog(sessions[node - 1]))
    }

    private mutating func schema(_ node: Int) throws -> String? {
        make.schema(try RandomCatalog(sessions[node - 1]), on: node)
    }

    private mutating func several(_ node: Int) throws -> [String] {
        let catalog = try RandomCatalog(sessions[node - 1])
        return [
            make.rows(catalog), make.schema(catalog, on: node), make.rows(catalog),
            make.schema(catalog, on: node),
        ]
        // Behind a ROLLBACK in the same string, no statement can be told from another any more.
        .compactMap(\.self).filter { !$0.contains("rollback") }
    }

    private static func block(_ statements: [String], isStatic: Bool) -> String {
        let lines = statements.map { isStatic ? $0 : "execute $x$\($0)$x$" }
        return "do $do$ begin \(lines.joined(separator: "; ")); end $do$"
    }

    private func run(_ statement: String?, on node: Int) throws {
        guard let statement else { return }
        if RandomSchema.isTalkative { print("\(round) \(tree[node].letter): \(statement);") }
        try sessions[node - 1].script(statement)
    }

    /// Whether each step is printed: to find out what went wrong.
    static let isTalkative = ProcessInfo.processInfo.environment["TROMPE_TALK"] != nil

    /// Users may be refused by what is there, but never by us.
    private func judge(_ error: PostgresError) throws {
        if RandomSchema.isTalkative { print("   -- \(error.sqlstate ?? "") \(error.message)") }
        let isOurs = error.context?.contains("function replication.") ?? false
        if isOurs, !error.isPassing { throw error }
    }

    // MARK: Syncs

    /// Syncs some random edges, sometimes one way only, and sometimes a session dies meanwhile.
    mutating func syncSomething() throws {
        for _ in 0..<(1 + make.roll(3)) {
            guard var edge = tree.edges.randomElement(using: &make.random) else { return }
            if make.roll(2) == 0 { edge = (edge.1, edge.0) }
            var options = make.roll(3) == 0 ? SyncOptions.bitByBit : SyncOptions()
            options.isOneWay = make.roll(4) == 0
            options.lockTimeoutMilliseconds = 200
            options.retryLimit = 1
            let isCut = make.roll(4) == 0
            if RandomSchema.isTalkative {
                print(
                    "\(round) sync \(tree[edge.0].letter)\(tree[edge.1].letter)",
                    options.isOneWay ? "one way" : "", isCut ? "cut" : "")
            }
            do {
                if isCut {
                    try tree.cutSync(edge, after: 1 + make.roll(8), options)
                } else {
                    try tree.sync(edge, options)
                }
            } catch ReplicationError.cutOff {
            } catch ReplicationError.schemaNewerAtTarget where options.isOneWay {
                // What the users of the target did to its schema must go the other way first.
                if RandomSchema.isTalkative { print("   -- newer at the target") }
            } catch ReplicationError.halfDone(_, _, let because, _, let status) where status == 75 {
                if RandomSchema.isTalkative { print("   -- \(because)") }
            } catch let error as PostgresError where error.isPassing {
                // A late transaction holds a table, or the session died: the next sync does it.
                if RandomSchema.isTalkative { print("   -- \(error.message)") }
            }
        }
    }

    // MARK: At rest

    /// Syncs all edges until quiet; returns what is wrong then.
    mutating func settle() throws -> [String] {
        try commitLate()
        if RandomSchema.isTalkative { print("\(round) until quiet", tree.edges) }
        try tree.syncUntilQuiet()
        var problems = try tree.brokenForeignKeys()
        for node in tree.nodes {
            let broken = try node.broken()
            if !broken.isEmpty { problems.append("\(node.letter): \(broken)") }
            let waiting = try node.waiting()
            if !waiting.isEmpty { problems.append("\(node.letter): waiting: \(waiting)") }
        }
        let schemas = try tree.nodes.map { try $0.schema() }
        let contents = try tree.nodes.map {
            try $0.contents().split(separator: "\n").map(String.init)
        }
        for (index, node) in tree.nodes.enumerated().dropFirst() {
            for all in [schemas, contents] {
                let lines = all[index].difference(from: all[0]).map { change in
                    switch change {
                    case .insert(_, let line, _): "+ \(line)"
                    case .remove(_, let line, _): "- \(line)"
                    }
                }
                if !lines.isEmpty {
                    problems.append("\(node.letter) differs:\n\(lines.joined(separator: "\n"))")
                }
            }
        }
        let lost = ledger.lost(
            current: try Self.tokens(sessions[0]), recorded: try Self.recorded(sessions[0]))
        if !lost.isEmpty { problems.append("values were lost: \(lost)") }
        return problems
    }

    /// The tokens that the replicated rows of a node hold.
    private static func tokens(_ session: Connection) throws -> Set<Int> {
        let tables = try session.query(
            """
            select replication.full_name(r.relid) as name
            from replication.relation as r
            where replication.full_name(r.relid) !~ '^replication\\.'
            """)
        let rows = try tables.map {
            "select row_to_json(t)::text as row from \(try $0.string("name")) as t"
        }.joined(separator: " union all ")
        return try tokens(in: rows, session)
    }

    private static func recorded(_ session: Connection) throws -> Set<Int> {
        try tokens(
            in: """
                select concat_ws(' ', winner, loser, key) as row
                from replication.conflict
                """, session)
    }

    private static func tokens(in rows: String, _ session: Connection) throws -> Set<Int> {
        let found = try session.query(
            """
            select distinct m.token[1]::int as token
            from (\(raw: rows)) as r
                cross join regexp_matches(r.row, '[:"] ?([1-9][0-9]{6})(?=[",}])', 'g') as m (token)
            """)
        return Set(try found.map { try $0.int("token") })
    }

    func remove() throws {
        for session in sessions { session.close() }
        try tree.remove()
    }
}
