import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Two nodes with the tables, level with each other; gone whatever comes of the test.
func withLevelPair(
    _ schema: String, _ rows: String = "", _ body: (TestTree) throws -> Void
) throws {
    try withTree(schema: schema, installing: false) { tree in
        if !rows.isEmpty { try tree[1].psql(rows) }
        try tree.install()
        try tree.syncUntilQuiet()
        try body(tree)
    }
}

extension TestTree {
    /// Syncs until quiet; then both nodes answer the query so, all is equal and no foreign key is
    /// broken.
    func expectEqual(_ rows: String, _ query: String) throws {
        try syncUntilQuiet()
        for node in nodes { #expect(try node.psql(query) == rows, "node \(node.letter)") }
        #expect(try self[1].contents() == self[2].contents())
        #expect(try brokenForeignKeys() == [])
    }

    /// Runs a sync from A to B and back, that comes to wait for what `holder` holds on a node;
    /// `meanwhile` is done while it waits, then the holder lets go.
    func whileHeld(
        on node: Int, by holder: String, _ options: SyncOptions = SyncOptions(),
        _ meanwhile: () throws -> Void
    ) throws -> Edge.Report {
        let session = try self[node].session()
        try session.script("begin; \(holder)")
        let sync = BackgroundSync(self[1], self[2], options)
        _ = try self[node].waitForBlockedAgent()
        try meanwhile()
        try session.script("commit")
        return try sync.wait()
    }

    /// Runs a sync that is held when it has applied all rows and writes a table's log.
    func whileRecording(_ table: String, _ meanwhile: () throws -> Void) throws -> Edge.Report {
        let number = try self[2].psql(
            "select id from replication.relation where relid = '\(table)'::regclass")
        let log = "replication.log_" + number.trimmingCharacters(in: .newlines)
        return try whileHeld(on: 2, by: "lock table \(log) in share mode") { try meanwhile() }
    }
}

/// A user's statements, on a thread of their own, that have to wait for somebody.
final class WaitingUser: @unchecked Sendable {
    private let outcome = ThreadResult()

    /// Runs them in psql, and returns once they wait for a lock.
    init(_ node: TestNode, _ statements: String) throws {
        let name = "user \(UUID().uuidString)"
        let conninfo = node.conninfo + " application_name='\(name)'"
        outcome.run { try Psql.run(conninfo, statements) }
        _ = try node.waitForBlocked(name)
    }

    /// What the user sees when the wait is over: what psql printed, or what it complained about.
    func wait() -> String {
        do {
            return try outcome.wait()
        } catch {
            return "\(error)"
        }
    }
}
