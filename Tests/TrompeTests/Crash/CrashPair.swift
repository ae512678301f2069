import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Two nodes for crashes: rounds of changes on both, each the same but for its numbers, so that one
/// pair of databases serves for many crashes, and what holds after each is what holds after a sync
/// that did not crash.
final class CrashPair {
    let tree: TestTree
    /// In front of A and B.
    let proxies: [Proxy]
    /// The users' sessions.
    private var users: [Connection] = []
    /// The number of the round.
    private var round = 0
    /// What holds after a round without a crash.
    private var expected = ""
    private var conflictsOfRound = 0
    /// The SQL of Fixtures/crash, by name.
    private let files: [String: String]

    /// Makes the pair, links it, and has it synced twice without a crash.
    init(servers: [ThrowawayCluster]? = nil) throws {
        let folder = Scenario.fixtures.appending(path: "crash")
        files = try Dictionary(
            uniqueKeysWithValues: ["schema", "rows", "A", "B", "expect"].map { name in
                let file = folder.appending(path: name + ".sql")
                return (name, try String(contentsOf: file, encoding: .utf8))
            })
        tree = try TestTree(2, servers: servers)
        for node in tree.nodes { try node.psql(files["schema"] ?? "") }
        try tree.install()
        proxies = try tree.nodes.map { try Proxy($0.conninfo) }
        try connect()
        for node in tree.nodes {
            // Nothing is kept for longer than it must be: what is purged too early is missed.
            try node.psql("update replication.self set keep = '0'")
        }
        try tree[1].psql(
            "select replication.set_policy('public.note', 'function', 'public.merge_note')")
        try users[0].script(sql("rows"))
        try tree.syncUntilQuiet()
        try change()
        try tree.sync((1, 2))
        let conflicts = try users[0].query("select count(*) as n from replication.conflict")
        conflictsOfRound = try conflicts[0].int("n")
        expected = try state(users[0])
        next()
        try change()
        try tree.sync((1, 2))
        try check("without a crash")
        next()
    }

    /// New sessions for the users, after a server was down.
    func connect() throws { users = try tree.nodes.map { try $0.session() } }

    /// Ends everything.
    func remove() {
        for proxy in proxies { proxy.close() }
        for user in users { user.close() }
        try? tree.remove()
    }

    /// A sync through the proxies.
    ///
    /// - Parameter settings: more of the conninfo strings.
    func through(_ settings: String = "") -> [String] {
        ["sync"] + proxies.map { $0.conninfo + settings }
    }

    /// A sync without them.
    var directly: [String] { ["sync"] + tree.nodes.map(\.conninfo) }

    /// What users do in this round.
    func change() throws {
        try users[0].script(sql("A"))
        try users[0].script(sql("rows", of: round + 1))
        try users[1].script(sql("B"))
    }

    /// On to the next round.
    func next() { round += 1 }

    /// Runs a plain sync, and expects that both sides then hold what they hold after a round without
    /// a crash, and that nothing is left to send.
    func expectRecovery(_ when: String) throws {
        let again = try KilledRun.again(directly)
        try #require(again.status == 0, "\(when): \(again.said)")
        try check("\(when): \(again.said)")
        next()
    }

    private func check(_ when: String) throws {
        for (number, user) in users.enumerated() {
            let found = try state(user).split(separator: "\n")
            // What follows would only be a consequence.
            try #require(found == expected.split(separator: "\n"), "\(number), \(when)")
        }
        #expect(try pending(0, 1) == "" && pending(1, 0) == "", "\(when)")
        let policies = try users.map {
            try $0.query("select policy from replication.policy order by tablename")
                .map { try $0.string("policy") }
        }
        #expect(policies[0] == policies[1], "\(when)")
        #expect(policies[0].contains("priority") == round.isMultiple(of: 2), "\(when)")
    }

    /// The tables with something that one side has still to send to the other.
    private func pending(_ source: Int, _ target: Int) throws -> String {
        let rows = try users[target].query(
            "select received from replication.neighbour where number = \(source + 1)")
        let received = try rows.first?.optionalString("received")
        return try users[source].query(
            """
            select r.relid::text as name
            from replication.pending(\(received)::pg_snapshot, \(target + 1)::int) as p
                join replication.relation as r on r.id = p.relation
            where p.sendable
            """
        ).map { try $0.string("name") }.joined(separator: " ")
    }

    private func state(_ user: Connection) throws -> String {
        let text = sql("expect").replacing(":conflicts", with: "\(conflictsOfRound)")
        return try user.query(SQL(raw: text)).first?.string("line") ?? ""
    }

    private func sql(_ file: String, of round: Int? = nil) -> String {
        (files[file] ?? "").replacing(":base", with: "\(100 * (round ?? self.round))")
    }
}
