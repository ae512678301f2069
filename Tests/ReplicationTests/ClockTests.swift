import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Servers whose clocks are wrong.
@Suite struct ClockTests {
    private static let day = 86_400

    /// A database on a server of one's own, beside the nodes of a tree.
    private struct Far {
        let conninfo: String
        let connection: Connection

        init(_ clock: WrongClock, number: Int) throws {
            conninfo = try clock.server.createDatabase("far")
            connection = try Connection(conninfo, label: "far")
            try psql(noteTable)
            _ = try Installation.install(connection, number: number, name: "far")
        }

        @discardableResult
        func psql(_ text: String) throws -> String { try Psql.run(conninfo, text) }

        func edge(_ node: TestNode) throws -> Edge { try Edge(node.connection, connection) }

        @discardableResult
        func sync(_ node: TestNode) throws -> Edge.Report { try edge(node).sync() }
    }

    /// B, a node on a server whose clock is ahead, is a neighbour of A, and C one of A as well.
    private func withFar(
        ahead seconds: Int, _ body: (TestTree, Far, WrongClock) throws -> Void
    ) throws {
        guard WrongClock.isPossible else { try Test.cancel("clocks cannot be set wrong here") }
        let clock = try WrongClock(ahead: seconds)
        defer { try? clock.remove() }
        try withTree(3, edges: [(1, 3)], schema: noteTable) { tree in
            let far = try Far(clock, number: 4)
            try far.edge(tree[1]).link()
            try far.sync(tree[1])
            try body(tree, far, clock)
            far.connection.close()
        }
    }

    @Test(arguments: [-day, day])
    func aChangeAfterSeeingAnotherNeverLosesToIt(ahead: Int) throws {
        try withFar(ahead: ahead) { tree, far, _ in
            let (near, third) = (tree[1], tree[3])
            // A clock that is a day ahead finds all entries old enough to be purged.
            for psql in [near.psql, far.psql] {
                _ = try psql("update replication.self set keep = '9 days'")
            }
            try near.psql("insert into note values (1, 'begin'), (2, 'begin')")
            try far.sync(near)
            try tree.syncUntilQuiet()
            for round in 1...3 {
                // C's change is older than A's, which B has seen before it makes its own.
                try third.psql("update note set text = 'C\(round)'")
                try near.psql("update note set text = 'A\(round)'")
                try far.sync(near)
                try far.psql("update note set text = 'B\(round)' where id = 1")
                try far.psql("delete from note where id = 2")
                try far.sync(near)
                try tree.syncUntilQuiet()
                #expect(try third.psql("table note") == "1|B\(round)\n")
                // And the other way round.
                try near.psql("insert into note values (2, 'again')")
                try tree.syncUntilQuiet()
                try far.sync(near)
                try far.psql("update note set text = 'old' where id = 2")
                try far.sync(near)
                try third.psql("update note set text = 'later' where id = 2")
                try near.psql("delete from note where id = 2")
                try tree.syncUntilQuiet()
                try far.sync(near)
                #expect(try far.psql("table note") == "1|B\(round)\n")
                try near.psql("insert into note values (2, 'begin')")
                try far.sync(near)
                try tree.syncUntilQuiet()
            }
            // Whatever came later to a node was made later.
            let order = """
                select count(*) filter (where changed_at > before), count(*), count(distinct origin)
                from (
                    select changed_at, origin, lag(changed_at) over (order by xid) as before
                    from replication.log
                    where tablename = 'public.note' and key ->> 'id' = '1' and origin in (1, 4)
                ) as entry
                where before is not null
                """
            #expect(try far.psql(order) == "6|6|2\n")
            #expect(try near.psql(order) == "6|6|2\n")
            #expect(try Conflict.all(far.connection).count == 9)
        }
    }

    @Test func theSkewIsMeasuredAndSaid() throws {
        try withFar(ahead: Self.day) { tree, far, _ in
            let skew = try #require(try far.sync(tree[1]).clockSkew)
            #expect(abs(skew.seconds - Double(Self.day)) <= skew.error + 1)
            #expect(skew.error > 0 && skew.error < 10 && skew.isTooLarge)
            let other = try #require(try Edge(far.connection, tree[1].connection).sync().clockSkew)
            #expect(abs(other.seconds + Double(Self.day)) <= other.error + 1)

            let near = try tree[1].status()
            let stored = try #require(near.neighbours.last?.clockSkew)
            #expect(abs(stored.seconds - Double(Self.day)) <= stored.error + 1)
            #expect(near.warnings.contains { $0.hasPrefix("the clock of far is 86") })
            let behind = try #require(try Status(far.connection).neighbours.first?.clockSkew)
            #expect(abs(behind.seconds + Double(Self.day)) <= behind.error + 1)

            // What came from there has moved A's own time, and C's.
            try far.psql("insert into note values (1, 'from tomorrow')")
            try far.sync(tree[1])
            try tree.syncUntilQuiet()
            for number in [1, 3] {
                let status = try tree[number].status()
                #expect(abs(status.clockAhead - Double(Self.day)) < 600)
                #expect(status.warnings.contains { $0.contains("s ahead of this server's clock") })
            }
            let level = try #require(try tree.sync((1, 3)).clockSkew)
            #expect(!level.isTooLarge && abs(level.seconds) <= level.error)
        }
    }

    @Test func aClockThatIsSetBackGoesOnFromWhatItHadSent() throws {
        try withFar(ahead: 0) { tree, far, clock in
            let newest = """
                select action, changed_at > clock_timestamp() + '59 minutes'::interval
                from replication.log
                where tablename = 'public.note'
                order by changed_at desc
                limit 1
                """
            try far.psql("insert into note values (1, 'before')")
            try far.sync(tree[1])
            try clock.set(ahead: -3_600)
            try far.psql("update note set text = 'just after'")
            try far.sync(tree[1])
            #expect(try tree[1].psql("table note") == "1|just after\n")
            // From the first sync on, nothing is older than what went before.
            try far.psql("delete from note")
            #expect(try far.psql(newest) == "D|t\n")
            try far.sync(tree[1])
            #expect(try tree[1].psql("table note") == "")
            #expect(try Conflict.all(tree[1].connection).isEmpty)

            // The same where what went before goes together with what came after.
            try clock.set(ahead: 0)
            try far.psql("insert into note values (2, 'before')")
            try clock.set(ahead: -7_200)
            try far.psql("update note set text = 'just after'")
            try far.sync(tree[1])
            try far.psql("delete from note")
            #expect(try far.psql(newest) == "D|t\n")
            try tree[1].psql("insert into note values (3, 'meanwhile')")
            try far.sync(tree[1])
            #expect(try tree[1].psql("table note") == "3|meanwhile\n")
            #expect(try far.psql("table note") == "3|meanwhile\n")
        }
    }

    /// A transaction that began before a direction does not see what that brought, but what it does
    /// is later all the same.
    @Test func anOldSnapshotDoesNotHideTheClock() throws {
        try withTree(schema: noteTable) { tree in
            try tree[2].psql("update replication.self set keep = '9 days'")
            try tree[1].psql("insert into note values (1, 'x')")
            try tree.syncUntilQuiet()
            try tree[1].psql("select setval('replication.clock', 86400000000); delete from note")
            let user = try tree[2].session()
            try user.script("begin isolation level repeatable read; select from note")
            try tree.sync((1, 2))
            try user.script("insert into note values (1, 'again'); commit")
            #expect(
                try tree[2].psql(
                    """
                    select string_agg(origin || action::text, ' ' order by changed_at)
                    from replication.log
                    where tablename = 'public.note'
                    """) == "1I 1D 2I\n")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("table note") == "1|again\n")
        }
    }

    /// A dump without data leaves a clock that was never set. And no name of a column is taken for that
    /// of a variable.
    @Test func changesHaveTheTimeOfTheClockHoweverItStands() throws {
        let table = """
            create table entry (entry int, "time now" timestamptz, primary key (entry, "time now"));
            """
        try withTree(1, schema: table) { tree in
            let log = try tree[1].psql(
                "select id from replication.relation where tablename = 'public.entry'"
            ).dropLast()
            let clocks = [
                ("select", 0), ("alter sequence replication.clock restart", 0),
                ("alter sequence replication.clock restart with 7200000000", 2),
                ("select setval('replication.clock', 7200000000)", 2),
            ]
            for (clock, hours) in clocks {
                let entries = try tree[1].psql(
                    """
                    \(clock);
                    insert into entry values (\(hours), '2001-01-01Z');
                    delete from entry;
                    select action, key ->> 'entry', (key ->> 'time now')::timestamptz at time zone 'UTC',
                        round(extract(epoch from changed_at - clock_timestamp()) / 3600)
                    from replication.log
                    where tablename = 'public.entry'
                    order by changed_at;
                    truncate replication.log_\(log);
                    """)
                let row = "\(hours)|2001-01-01 00:00:00|\(hours)\n"
                #expect(entries.hasSuffix("I|\(row)D|\(row)"), "\(clock): \(entries)")
            }
        }
    }

    @Test func twoDirectionsThatRaiseTheClockDoNotLowerIt() throws {
        try withTree(1) { tree in
            let (one, other) = (try tree[1].session(), try tree[1].session())
            try one.script(
                "begin; select replication.raise_clock(now() + interval '2 days')")
            #expect(
                try tree[1].psql("select replication.now() > now() + interval '47 hours'") == "t\n")
            try one.script("rollback")
            try other.script("select replication.raise_clock(now() + interval '1 day')")
            #expect(
                try tree[1].psql("select replication.now() > now() + interval '47 hours'") == "t\n")
        }
    }
}
