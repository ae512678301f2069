import Postgres
import Replication
import TestSupport
import Testing

/// More objects than a server has locks for: to unlink one takes a lock until the end.
@Suite struct ObjectLockTests {
    /// A server with few locks.
    static let narrowServer = Result {
        try ThrowawayCluster(
            settings: [
                "max_connections": "12", "max_locks_per_transaction": "48",
                "superuser_reserved_connections": "2", "max_wal_senders": "0",
                "autovacuum_max_workers": "1", "max_worker_processes": "0", "shared_buffers": "8MB",
            ])
    }

    @Test func moreObjectsThanLocksAreUnlinked() throws {
        let server = try Self.narrowServer.get()
        let tree = try TestTree(2, servers: [server, server])
        defer {
            do {
                for node in tree.nodes {
                    node.connection.close()
                    try Connection(server.conninfo()).script(
                        "drop database \"\(node.database)\" with (force)")
                }
            } catch {
                Issue.record("\(error)")
            }
        }
        for node in tree.nodes { try node.psql("create table doc (id int primary key, lo oid)") }
        try tree.install()
        try tree[1].psql(
            """
            insert into doc
            select i, lo_from_bytea(0, convert_to('document ' || i, 'utf8'))
            from generate_series(1, 3000) as i
            """)
        try tree.sync((1, 2))
        #expect(try tree[2].psql("select count(*) from pg_largeobject_metadata") == "3000\n")
        // It is more than the server takes at once.
        #expect(throws: Psql.Failure.self) { try tree[1].psql("select lo_unlink(lo) from doc") }
        try tree[1].psql("delete from doc")
        let report = try tree.sync((1, 2))
        #expect(report.directions[0].tables.first?.deleted == 3000)
        #expect(try tree[2].psql("select count(*) from pg_largeobject_metadata") == "0\n")
        #expect(try tree[2].psql("select count(*) from replication.loose_object") == "0\n")
        #expect(try tree[1].psql("select count(*) from pg_largeobject_metadata") == "3000\n")
    }
}
