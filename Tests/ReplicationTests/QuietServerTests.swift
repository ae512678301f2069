import Postgres
import Replication
import Synchronization
import TestSupport
import Testing

/// On servers on which nobody else writes, the number of the next transaction says that nothing has
/// changed.
@Suite struct QuietServerTests {
    private static let schema = "create table note (id int primary key, text text)"

    /// Two neighbours at rest, on servers of their own.
    private func withRest(_ body: (TestTree) throws -> Void) throws {
        let servers = try [1, 2].map { _ in try ThrowawayCluster(settings: ["autovacuum": "off"]) }
        defer { for server in servers { try? server.remove() } }
        let tree = try TestTree(2, servers: servers)
        defer { for node in tree.nodes { node.connection.close() } }
        for node in tree.nodes { try node.psql(Self.schema) }
        try tree.install()
        try tree.syncUntilQuiet()
        for _ in 1...3 { try tree.sync((1, 2)) }
        try body(tree)
    }

    private func isKnownToBeAtRest(_ node: TestNode) throws -> Bool {
        try node.psql(
            """
            select at_rest_before = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
            from replication.neighbour
            """) == "t\n"
    }

    private func moved(_ tree: TestTree) throws -> Int {
        try tree.sync((1, 2)).directions.reduce(0) { $0 + $1.moved }
    }

    @Test func restIsNoted() throws {
        try withRest { tree in
            for _ in 1...2 {
                for node in tree.nodes { #expect(try isKnownToBeAtRest(node)) }
                try tree.sync((1, 2))
            }
            try tree[1].psql("create temporary table passing (id int)")
            for node in tree.nodes { #expect(try isKnownToBeAtRest(node) == (node.number == 2)) }
            try tree[2].psql("insert into note values (1, 'a')")
            #expect(try moved(tree) == 1)
        }
    }

    /// The number says nothing while somebody has one already.
    @Test func whoHasBegunIsWaitedFor() throws {
        try withRest { tree in
            let user = try tree[1].session()
            defer { user.close() }
            try user.script("begin; insert into note values (1, 'late')")
            for _ in 1...3 {
                #expect(try moved(tree) == 0)
                #expect(try !isKnownToBeAtRest(tree[1]))
            }
            try user.script("commit")
            #expect(try moved(tree) == 1)
        }
    }

    /// Somebody writes, and is done, between the look and its note.
    @Test func whoWritesInBetweenIsNoticed() throws {
        try withRest { tree in
            let proxy = try Proxy(tree[1].conninfo)
            defer { proxy.close() }
            let conninfo = tree[1].conninfo
            let isDone = Mutex(false)
            proxy.rule { passage in
                guard passage.kind == .statement, passage.statement.contains("note_rest"),
                    !isDone.withLock({ $0 })
                else { return .pass }
                isDone.withLock { $0 = true }
                _ = try? Psql.run(conninfo, "insert into note values (1, 'between')")
                return .pass
            }
            let ends = try (Connection(proxy.conninfo), Connection(tree[2].conninfo))
            let report = try Edge(ends.0, ends.1).sync()
            #expect(report.isQuiet && isDone.withLock { $0 })
            ends.0.close()
            ends.1.close()
            #expect(try moved(tree) == 1)
        }
    }
}
