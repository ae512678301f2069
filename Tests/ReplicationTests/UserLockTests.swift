import Postgres
import Replication
import TestSupport
import Testing

/// Users who hold rows that a direction comes to, and users who come to rows that it holds: each
/// waits for the other as for any transaction, and nobody's row is lost.
@Suite struct UserLockTests {
    private static let tables = """
        create table first (id int primary key, name text);
        create table second (id int primary key, name text);
        """
    private static let rows = """
        insert into first values (1, 'one'), (2, 'two'), (3, 'three');
        insert into second values (1, 'one'), (2, 'two'), (3, 'three');
        """
    private static let all = "select id, name from first order by id"

    /// The agent's sessions find deadlocks after that time, in a database of its own.
    private func setDeadlockTimeout(_ node: TestNode, _ time: String) throws {
        try node.psql("alter database \(node.database) set deadlock_timeout = '\(time)'")
    }

    @Test(arguments: ["for update", "for no key update", "for share"])
    func aUserHoldsARowLongerThanTheLockTimeout(lock: String) throws {
        try withLevelPair(Self.tables, Self.rows) { tree in
            try tree[1].psql("update first set name = 'A'; delete from second")
            let user = try tree[2].session()
            try user.script("begin; select from first where id = 2 \(lock)")
            var options = SyncOptions()
            options.lockTimeoutMilliseconds = 100
            options.retryLimit = 1
            let error = try #require(
                #expect(throws: PostgresError.self) { try tree.sync((1, 2), options) })
            #expect(error.sqlstate == SQLState.lockNotAvailable && error.isPassing)
            #expect(try tree[2].psql(Self.all) == "1|one\n2|two\n3|three\n")
            try user.script("update first set name = 'user' where id = 2; commit")
            try tree.expectEqual("1|A\n2|user\n3|A\n", Self.all)
            #expect(try Conflict.all(tree[1].connection).count == 1)
        }
    }

    /// Who is in the way for ever is named: a session, on either side, or a prepared transaction; not
    /// one that has nothing to do with it.
    @Test func whoHoldsTheLockIsNamed() throws {
        try withLevelPair(Self.tables + "create table aside (n int);", Self.rows) { tree in
            var options = SyncOptions()
            options.lockTimeoutMilliseconds = 100
            func hint() throws -> String {
                let error = try #require(
                    #expect(throws: PostgresError.self) { try tree.sync((1, 2), options) })
                #expect(error.sqlstate == SQLState.lockNotAvailable)
                return error.hint ?? ""
            }
            let others = try tree.nodes.map { try $0.session() }
            for other in others { try other.script("begin; lock table aside") }
            try tree[1].psql("update first set name = 'A'")
            let user = try tree[2].session()
            try user.script("begin; select from first where id = 2 for update")
            let said = try hint()
            #expect(
                said.contains(
                    "by process \(user.backendPID) (user, role postgres), idle in transaction for ")
            )
            #expect(!said.contains("\(others[1].backendPID)"))
            try user.script("prepare transaction 'for''gotten'")
            let prepared = try hint()
            #expect(
                prepared.contains("by the prepared transaction 'for''gotten' of role postgres for ")
            )
            #expect(!prepared.contains("process"))
            try user.script("rollback prepared 'for''gotten'")
            let holder = try tree[1].session()
            try holder.script("begin; lock table first in access exclusive mode")
            #expect(try hint().contains("by process \(holder.backendPID) (user"))
            try holder.script("rollback")
            try tree.expectEqual("1|A\n2|A\n3|A\n", Self.all)
        }
    }

    /// A child that a user is inserting holds its parent for key share only: that is in nobody's way
    /// who leaves the key alone.
    @Test func aUsersNewChildDoesNotHoldUpAnUpdateOfItsParent() throws {
        let child = "create table child (id int primary key, parent int references first);"
        try withLevelPair(Self.tables + child, Self.rows) { tree in
            try tree[1].psql("update first set name = 'A'")
            let user = try tree[2].session()
            try user.script("begin; insert into child values (10, 1)")
            var options = SyncOptions()
            options.lockTimeoutMilliseconds = 5_000
            options.retryLimit = 0
            #expect(try tree.sync((1, 2), options).directions[0].moved == 3)
            try user.script("commit")
            try tree.expectEqual("1|A\n2|A\n3|A\n", Self.all)
        }
    }

    /// The agent is chosen as the one that gives way: it begins again, and ends.
    @Test func aDeadlockThatHitsTheAgentIsTriedAgain() throws {
        try withLevelPair(Self.tables, Self.rows) { tree in
            try setDeadlockTimeout(tree[2], "2s")
            try tree[1].psql("update first set name = 'A'; update second set name = 'A'")
            let user = try tree[2].session()
            try user.script(
                "set deadlock_timeout = '10min'; begin; delete from second where id = 1")
            var options = SyncOptions()
            options.lockTimeoutMilliseconds = 300_000
            let sync = BackgroundSync(tree[1], tree[2], options)
            // It holds the rows of the first table, and waits for the second.
            _ = try tree[2].waitForBlockedAgent()
            try user.script("update first set name = 'user' where id = 1; commit")
            #expect(try sync.wait().directions[0].retries == 1)
            try tree.expectEqual("1|user\n2|A\n3|A\n", Self.all)
            #expect(try tree[1].psql("select id from second order by id") == "2\n3\n")
            #expect(try Conflict.all(tree[1].connection).count == 2)
        }
    }

    /// The user is chosen: he has to begin again, the direction does not.
    @Test func aDeadlockThatHitsTheUser() throws {
        try withLevelPair(Self.tables, Self.rows) { tree in
            try setDeadlockTimeout(tree[2], "10min")
            try tree[1].psql("update first set name = 'A'; update second set name = 'A'")
            let user = try tree[2].session()
            try user.script("set deadlock_timeout = '10ms'; begin; delete from second where id = 1")
            var options = SyncOptions()
            options.lockTimeoutMilliseconds = 300_000
            let sync = BackgroundSync(tree[1], tree[2], options)
            _ = try tree[2].waitForBlockedAgent()
            let error = try #require(
                #expect(throws: PostgresError.self) {
                    try user.script("update first set name = 'user' where id = 1")
                })
            #expect(error.sqlstate == SQLState.deadlockDetected)
            try user.script("rollback")
            #expect(try sync.wait().directions[0].retries == 0)
            try tree.expectEqual("1|A\n2|A\n3|A\n", Self.all)
        }
    }

    /// While rows are still on their way, users go on as if nobody were there: row locks are taken
    /// when the last table is staged. (But where rows come as fast as they can be applied.)
    @Test func noRowIsLockedBeforeAllTablesAreStaged() throws {
        try withLevelPair(Self.tables, Self.rows) { tree in
            try tree[1].psql(
                "update first set name = 'A'; delete from first where id = 3; update second set name = 'A'"
            )
            // An index being rebuilt stops who plans a query of its table, not who locks that.
            let report = try whileStagingSecond(tree) {
                let held = try tree[2].psql(
                    """
                    select c.relname, l.mode
                    from pg_locks as l
                        join pg_class as c on c.oid = l.relation
                        join pg_stat_activity as s on s.pid = l.pid
                    where s.application_name = 'trompe'
                        and s.xact_start is not null
                        and s.datname = current_database()
                        and c.relname in ('first', 'second')
                        and l.mode <> 'AccessShareLock'
                    """)
                #expect(held == "")
                try tree[2].psql(
                    """
                    set lock_timeout = '1s';
                    begin;
                    update first set name = 'user' where id = 1;
                    update first set name = 'user' where id = 3;
                    select count(*) from (select from second for update nowait) as s;
                    commit
                    """)
            }
            #expect(report.directions[0].retries == 0)
            try tree.expectEqual("1|user\n2|A\n3|user\n", Self.all)
            #expect(try Conflict.all(tree[1].connection).count == 2)
        }
    }

    /// Whoever wants to rewrite a table that is about to be read waits until it was read: a snapshot
    /// from before would show an empty one.
    @Test func aTableIsRewrittenWhileTheSourceIsRead() throws {
        let third = "create table third (id int primary key, name text);"
        let row = "insert into third values (1, 'one'), (2, 'two');"
        try withLevelPair(Self.tables + third, Self.rows + row) { tree in
            try tree[1].psql("update second set name = 'A'; update third set name = 'A'")
            var waiting: WaitingUser?
            let report = try whileStagingSecond(tree) {
                waiting = try WaitingUser(
                    tree[1], "alter table third alter name type text using upper(name || '!')")
            }
            #expect(try #require(waiting).wait() == "")
            #expect(report.directions[0].tables.allSatisfy { $0.deleted == 0 })
            let rows = "select id, name from third order by id"
            #expect(try tree[2].psql(rows) == "1|A\n2|A\n")
            #expect(try tree[1].psql(rows) == "1|A!\n2|A!\n")
        }
    }

    private func whileStagingSecond(
        _ tree: TestTree, _ meanwhile: () throws -> Void
    ) throws -> Edge.Report {
        var options = SyncOptions()
        options.goesStraight = false
        return try tree.whileHeld(on: 1, by: "reindex index second_pkey", options) {
            try meanwhile()
        }
    }

    /// What users commit when all is decided and before it is carried out, without anybody's wait.
    @Test func rowsChangeBetweenTheDecisionAndItsCarryingOut() throws {
        try withLevelPair(Self.tables, Self.rows) { tree in
            try tree[1].psql(
                """
                update first set name = 'A' where id = 1;
                update second set name = 'A' where id in (1, 2);
                delete from second where id = 3;
                insert into second values (4, 'A'), (5, 'A')
                """)
            let holder = "select from first where id = 1 for update"
            let report = try tree.whileHeld(on: 2, by: holder) {
                try tree[2].psql(
                    """
                    update second set id = 10 where id = 1;
                    delete from second where id = 2;
                    insert into second values (2, 'again');
                    update second set name = 'user' where id = 3;
                    insert into second values (4, 'user');
                    insert into second values (5, 'A')
                    """)
            }
            #expect(report.directions[0].retries == 0)
            try tree.expectEqual(
                "2|again\n3|user\n4|user\n5|A\n10|one\n",
                "select id, name from second order by id")
            // Of 1, 2 and 4 it is A's row that lost, of 3 its delete.
            let losers = try Conflict.all(tree[1].connection).map(\.loser.row)
            #expect(losers.count == 4 && losers.filter { $0 == nil }.count == 1)
        }
    }

    /// A user in a transaction with one snapshot is told to begin again where the direction changed
    /// his row, and goes on where it did not.
    @Test(arguments: ["repeatable read", "serializable"])
    func aUserWithOneSnapshot(isolation: String) throws {
        try withLevelPair(Self.tables, Self.rows) { tree in
            try tree[1].psql("update first set name = 'A'")
            let other = try tree[2].session()
            try other.script("begin isolation level \(isolation); select from first")
            var users: [WaitingUser] = []
            _ = try tree.whileRecording("first") {
                users.append(
                    try WaitingUser(
                        tree[2],
                        """
                        begin isolation level \(isolation);
                        update first set name = name || ', user' where id = 1;
                        commit
                        """))
            }
            let said = try #require(users.first).wait()
            #expect(said.contains("could not serialize access"))
            try other.script(
                """
                update second set name = 'user' where id = 1;
                insert into first values (4, 'user');
                commit
                """)
            try tree.expectEqual("1|A\n2|A\n3|A\n4|user\n", Self.all)
            try tree.expectEqual(
                "1|user\n2|two\n3|three\n", "select id, name from second order by id")
        }
    }

    /// A user's update that waited for the direction goes on with the row that it left, and the
    /// other way round: neither has overwritten what it did not see.
    @Test func aUserGoesOnWithTheRowThatTheDirectionLeft() throws {
        try withLevelPair(Self.tables, Self.rows) { tree in
            try tree[1].psql(
                "update first set name = 'A' where id < 3; delete from first where id = 3")
            var users: [WaitingUser] = []
            _ = try tree.whileRecording("first") {
                users = try [
                    WaitingUser(tree[2], "update first set name = name || ', user' where id = 1"),
                    WaitingUser(
                        tree[2], "update first set name = 'never' where id = 2 and name = 'two'"),
                    WaitingUser(tree[2], "update first set name = 'never' where id = 3"),
                ]
            }
            for user in users { #expect(user.wait() == "") }
            try tree.expectEqual("1|A, user\n2|A\n", Self.all)
            #expect(try Conflict.all(tree[1].connection).isEmpty)
        }
    }
}
