import Postgres
import Replication
import TestSupport
import Testing

/// Log entries that all neighbours have are removed, and no others.
@Suite struct PurgeTests {
    private let logged = "select count(*) from replication.log where tablename = 'public.item'"
    private let size = """
        select pg_relation_size('replication.log_' || id)
        from replication.relation
        where relid = 'item'::regclass
        """

    /// Enough for its log to be large.
    private let rows = 30_000

    private func insert(_ first: Int, _ count: Int) -> String {
        "insert into item select n, 'x' from generate_series(\(first), \(first + count - 1)) as n"
    }

    @Test func whatAllNeighboursHaveGoes() throws {
        try withTree(3, schema: itemTable) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psql("update replication.self set keep = '0'")
            try tree[2].psql(insert(1, 100))
            try tree.sync((1, 2))
            try tree[2].psql("select replication.purge()")
            #expect(try tree[2].psql(logged) == "100\n")
            try tree.sync((2, 3))
            try tree.sync((1, 2))
            try tree.sync((2, 3))
            try tree[2].psql("select replication.purge()")
            #expect(try tree[2].psql(logged) == "0\n")
            #expect(try tree[3].psql("select count(*) from item") == "100\n")
        }
    }

    /// Somebody who holds a lock for long, as with a change of schema that is not committed, does not keep a
    /// sync from its end, nor do tables that a purge has nothing to do with.
    @Test func nobodyIsWaitedForAtTheEnd() throws {
        try withTree(2, schema: itemTable + "; create table other (id int primary key)") { tree in
            try tree.syncUntilQuiet()
            let user = try Connection(tree[1].conninfo)
            defer { user.close() }
            var options = SyncOptions()
            options.lockTimeoutMilliseconds = 200
            for (number, table) in ["replication.horizon", "public.other"].enumerated() {
                try tree[1].psql("update replication.self set purged_at = null")
                try tree[1].psql(insert(10 * number, 3))
                try user.transaction {
                    try user.execute("lock table \(raw: table) in access exclusive mode")
                    let report = try tree.sync((1, 2), options)
                    #expect(report.directions.map(\.moved) == [3, 0])
                }
            }
            #expect(try tree[1].psql("select purged_at is not null from replication.self") == "t\n")
        }
    }

    /// What is young stays, and the logs are not looked through in each sync.
    @Test func agesAreKeptAndLogsLookedThroughNowAndThen() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree[1].psql("update replication.self set keep = '1 hour', purged_at = null")
            try tree[1].psql(insert(1, 10))
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select purged_at is not null from replication.self") == "t\n")
            #expect(try tree[1].psql(logged) == "10\n")
            // They are old enough now, but it was only just looked.
            try letAnHourGoBy(tree[1])
            #expect(try tree[1].psql("select replication.purge()") == "0\n")
            try tree[1].psql("update replication.self set purged_at = purged_at - interval '3 min'")
            try tree[1].psql("select replication.purge()")
            #expect(try tree[1].psql(logged) == "0\n")
            // A clock that went back does not end it.
            try tree[1].psql(insert(11, 10))
            try tree.syncUntilQuiet()
            try letAnHourGoBy(tree[1])
            try tree[1].psql("update replication.self set purged_at = now() + interval '1 day'")
            try tree[1].psql("select replication.purge()")
            #expect(try tree[1].psql(logged) == "0\n")
        }
    }

    /// A change that was made long ago, and has reached the neighbours only now, is as precious as a new one.
    @Test func theTimeBeginsWhenAllHaveIt() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql("update replication.self set keep = '1 hour', purged_at = null")
            try tree[1].psql(insert(1, 10))
            let id = "select id from replication.relation where relid = 'item'::regclass"
            let log = "replication.log_\(try tree[1].psql(id).dropLast())"
            try tree[1].psql("update \(log) set changed_at = changed_at - interval '3 weeks'")
            try letAnHourGoBy(tree[1])
            try tree.syncUntilQuiet()
            try tree[1].psql("update replication.self set purged_at = null")
            #expect(try tree[1].psql("select replication.purge()") == "0\n")
            #expect(try tree[1].psql(logged) == "10\n")
        }
    }

    /// While a neighbour is away, the time stands still for all that it had before.
    @Test func theTimeStandsStillWhileANeighbourIsAway() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree[1].psql("update replication.self set keep = '1 hour', purged_at = null")
            try tree[1].psql(insert(1, 10))
            try tree.syncUntilQuiet()
            try letAnHourGoBy(tree[1])
            let lastSync = "update replication.neighbour set last_sync = last_sync"
            try tree[1].psql("\(lastSync) - interval '90 min'")
            try tree[1].psql("update replication.self set purged_at = null")
            #expect(try tree[1].psql("select replication.purge()") == "0\n")
            #expect(try tree[1].psql(logged) == "10\n")
            try tree[1].psql("\(lastSync) + interval '60 min'")
            try tree[1].psql("update replication.self set purged_at = null")
            try tree[1].psql("select replication.purge()")
            #expect(try tree[1].psql(logged) == "0\n")
        }
    }

    /// Two agents of one node do not wait for each other.
    @Test func onePurgeDoesNotWaitForAnother() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree[1].psql(insert(1, 10))
            try tree.syncUntilQuiet()
            try tree[1].psql("update replication.self set keep = '0'")
            let other = try tree[1].session()
            defer { other.close() }
            try other.script("begin; select replication.purge()")
            #expect(
                try tree[1].psql("set lock_timeout = '1s'; select replication.purge()") == "0\n")
        }
    }

    /// A large log of which nothing is needed leaves nothing behind.
    @Test func aLargeLogIsEmptied() throws {
        try withLargeLog { tree in
            try tree[1].psql("select replication.purge()")
            #expect(try tree[1].psql(size) == "0\n")
        }
    }

    @Test func aLargeLogWithAnEntryThatIsNeededIsNot() throws {
        try withLargeLog { tree in
            try tree[1].psql("delete from item where id = 7")
            try tree[1].psql("select replication.purge()")
            #expect(try tree[1].psql(logged) == "1\n")
            #expect(try tree[1].psql(size) != "0\n")
            try tree.sync((1, 2))
            #expect(try tree[2].psql("select count(*) from item where id = 7") == "0\n")
        }
    }

    /// What somebody has written and not yet committed is needed, although nobody can see it.
    @Test func aLargeLogThatSomebodyWritesIsNot() throws {
        try withLargeLog { tree in
            let user = try tree[1].session()
            defer { user.close() }
            try user.script("begin; delete from item where id = 7")
            try tree[1].psql("select replication.purge()")
            #expect(try tree[1].psql(logged) == "0\n")
            #expect(try tree[1].psql(size) != "0\n")
            try user.script("commit")
            #expect(try tree[1].psql(logged) == "1\n")
            try tree.sync((1, 2))
            #expect(try tree[2].psql("select count(*) from item where id = 7") == "0\n")
        }
    }

    /// A tree whose first node has a log of more than a megabyte, all of it confirmed.
    private func withLargeLog(_ body: (TestTree) throws -> Void) throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(insert(1, rows))
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql(logged) == "\(rows)\n")
            #expect(try tree[1].psql("select (\(size)) > 1048576") == "t\n")
            try tree[1].psql("update replication.self set keep = '0'")
            try body(tree)
        }
    }

    /// As if all that the neighbours have by now they had had for longer than an hour.
    private func letAnHourGoBy(_ node: TestNode) throws {
        try node.psql("select replication.note_horizon()")
        try node.psql("update replication.horizon set at = at - interval '2 hours'")
    }
}
