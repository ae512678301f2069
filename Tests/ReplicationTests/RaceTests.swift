import Postgres
import Replication
import TestSupport
import Testing

/// What users do while a direction is under way: nothing of it is skipped or overwritten.
@Suite struct RaceTests {
    /// A user's transaction that holds rows when the direction from A to B comes to them, and
    /// commits while the direction waits.
    private func collide(
        _ tree: TestTree, on node: Int, _ statements: String
    ) throws -> Edge.Report {
        let user = try tree[node].session()
        try user.script("begin; " + statements)
        let sync = BackgroundSync(tree[1], tree[2])
        _ = try tree[node].waitForBlockedAgent()
        try user.script("commit")
        return try sync.wait()
    }

    private static let item = "create table item (id int primary key, name text)"
    private static let rows = "insert into item values (1, 'one'), (2, 'two')"

    @Test func aTransactionThatCommitsLateIsNotSkipped() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            let late = try tree[1].session()
            try late.script("begin; insert into item values (3, 'late')")
            try tree[1].psql("insert into item values (4, 'early')")
            try tree.sync((1, 2))
            #expect(try tree[2].psql("select id from item order by id") == "1\n2\n4\n")
            try late.script("commit")
            try tree.expectEqual("1\n2\n3\n4\n", "select id from item order by id")
        }
    }

    @Test func aPreparedTransactionIsNotSkipped() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            try tree[1].psql(
                "begin; insert into item values (3, 'prepared'); prepare transaction 'p'")
            try tree[1].psql("insert into item values (4, 'early')")
            try tree.sync((1, 2))
            try tree[1].psql("commit prepared 'p'")
            try tree.expectEqual("1\n2\n3\n4\n", "select id from item order by id")
        }
    }

    @Test func anUpdateThatCommitsWhileTheDirectionWaitsIsAConflict() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            try tree[1].psql("update item set name = 'A' where id = 1")
            let report = try collide(
                tree, on: 2, "update item set name = 'user' where id = 1")
            #expect(report.directions[0].conflicts == 1)
            try tree.expectEqual("user\n", "select name from item where id = 1")
            #expect(
                try Conflict.all(tree[1].connection).map(\.loser.row) == [#"{"id":1,"name":"A"}"#])
        }
    }

    @Test func aRowDeletedAndInsertedAgainMeanwhileIsAConflict() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            try tree[1].psql("update item set name = 'A' where id = 1")
            _ = try collide(
                tree, on: 2, "delete from item where id = 1; insert into item values (1, 'again')")
            try tree.expectEqual("again\n", "select name from item where id = 1")
            #expect(try Conflict.all(tree[2].connection).count == 1)
        }
    }

    @Test func aKeyInsertedMeanwhileIsAConflict() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            try tree[1].psql("insert into item values (3, 'A')")
            _ = try collide(
                tree, on: 2, "insert into item values (3, 'user')")
            try tree.expectEqual("user\n", "select name from item where id = 3")
            #expect(try Conflict.all(tree[2].connection).count == 1)
        }
    }

    @Test func aDeleteDoesNotTakeARowThatWasChangedMeanwhile() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            try tree[1].psql("delete from item where id = 1")
            _ = try collide(
                tree, on: 2, "update item set name = 'user' where id = 1")
            try tree.expectEqual("user\n", "select name from item where id = 1")
        }
    }

    /// A row that both sides have alike is held before it takes the source's newer name: a user's
    /// change of it that is under way is older than that name, and loses.
    @Test func aRowThatBothHaveAlikeIsBeingChanged() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            let user = try tree[2].session()
            try user.script("begin; update item set name = 'user' where id = 1")
            try tree[1].psql("update item set name = name")
            let sync = BackgroundSync(tree[1], tree[2])
            _ = try tree[2].waitForBlockedAgent()
            try user.script("commit")
            #expect(try sync.wait().directions[0].conflicts == 1)
            try tree.expectEqual("one\ntwo\n", "select name from item order by id")
            let losers = try Conflict.all(tree[1].connection).map(\.loser.row)
            #expect(losers == [#"{"id":1,"name":"user"}"#])
        }
    }

    @Test func aRowThatAFunctionMergedIsChangedBeforeItIsWritten() throws {
        let schema = """
            create table first (id int primary key, name text);
            create table item (id int primary key, name text);
            create function joined(older jsonb, newer jsonb) returns jsonb language sql
            return jsonb_build_object('name', (older ->> 'name') || (newer ->> 'name'));
            """
        try withLevelPair(schema, Self.rows + "; insert into first values (1)") { tree in
            try setPolicy(
                tree[1].connection, table: "item", policy: "function", argument: "public.joined")
            try tree.syncUntilQuiet()
            try tree[1].psql("update first set name = 'A'; update item set name = 'A'")
            try tree[2].psql("update item set name = 'B'")
            _ = try tree.whileHeld(on: 2, by: "select from first for update") {
                try tree[2].psql("update item set name = 'user' where id = 1")
            }
            try tree.expectEqual("Auser\nAB\n", "select name from item order by id")
        }
    }

    @Test func aRowInsertedWhileATruncateWaitsStays() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            try tree[1].psql("truncate item")
            _ = try collide(tree, on: 2, "insert into item values (3, 'user')")
            try tree.expectEqual("3|user\n", "select id, name from item")
        }
    }

    /// Rows that exchange unique values are deleted and inserted again: a user's update must not
    /// wait for a row that is gone afterwards.
    @Test func anUpdateThatWaitsForRowsThatExchangeValuesIsKept() throws {
        let item = "create table item (id int primary key, code int unique, name text)"
        try withLevelPair(item, "insert into item values (1, 1, 'one'), (2, 2, 'two')") { tree in
            try tree[1].psql(
                """
                begin;
                update item set code = 0 where id = 1;
                update item set code = 1 where id = 2;
                update item set code = 2 where id = 1;
                commit
                """)
            var user: WaitingUser?
            _ = try tree.whileRecording("item") {
                user = try WaitingUser(tree[2], "update item set name = 'user' where id = 1")
            }
            #expect(try #require(user).wait() == "")
            try tree.expectEqual(
                "1|2|user\n2|1|two\n", "select id, code, name from item order by id")
        }
    }

    @Test func anUpdateThatWaitsForTheDirectionIsKept() throws {
        let zebra = ";create table zebra (id int primary key, name text);"
        try withLevelPair(Self.item + zebra, Self.rows + "; insert into zebra values (1)") { tree in
            // The direction holds the item, which it has changed, and waits for the zebra.
            try tree[1].psql("update item set name = 'A'; update zebra set name = 'A'")
            let blocker = try tree[2].session()
            try blocker.script("begin; select from zebra where id = 1 for update")
            let sync = BackgroundSync(tree[1], tree[2])
            _ = try tree[2].waitForBlockedAgent()
            let user = try WaitingUser(tree[2], "update item set name = 'user' where id = 1")
            try blocker.script("rollback")
            _ = try sync.wait()
            #expect(user.wait() == "")
            try tree.expectEqual("user\n", "select name from item where id = 1")
        }
    }

    private static let family = """
        create table parent (id int primary key);
        create table child (id int primary key, parent int references parent);
        """

    @Test func aChildInsertedWhileTheDeleteOfItsParentWaits() throws {
        try withLevelPair(Self.family, "insert into parent values (1), (2)") { tree in
            try tree[1].psql("delete from parent where id = 1")
            _ = try collide(
                tree, on: 2, "insert into child values (10, 1)")
            try tree.expectEqual(
                "1\n2\n10\n", "select id from parent union all select id from child order by 1")
            #expect(try Conflict.all(tree[1].connection).count == 1)
        }
    }

    @Test func aParentDeletedWhileItsChildArrives() throws {
        try withLevelPair(Self.family, "insert into parent values (1), (2)") { tree in
            try tree[1].psql("insert into child values (10, 1)")
            _ = try collide(
                tree, on: 2, "delete from parent where id = 1")
            try tree.expectEqual(
                "1\n2\n10\n", "select id from parent union all select id from child order by 1")
        }
    }

    /// A snapshot from before a rewriting ALTER TABLE shows an empty table: every pending key would
    /// look deleted.
    @Test func aTableIsRewrittenWhileTheSourceIsAboutToBeRead() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            try tree[1].psql("update item set name = 'A' where id = 1")
            let report = try collide(
                tree, on: 1, "alter table item alter column name type text using upper(name || '!')"
            )
            #expect(report.directions[0].tables.map(\.deleted) == [0])
            #expect(try tree[2].psql("select name from item order by id") == "A!\nTWO!\n")
        }
    }

    @Test func anAgentWhoseSessionDiesLeavesNothingHalf() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            try tree[1].psql("update item set name = 'A'; insert into item values (3, 'A')")
            let blocker = try tree[2].session()
            try blocker.script("begin; select from item where id = 2 for update")
            let sync = BackgroundSync(tree[1], tree[2])
            let backend = try tree[2].waitForBlockedAgent()
            try tree[2].psql("select pg_terminate_backend(\(backend))")
            #expect(throws: (any Error).self) { try sync.wait() }
            try blocker.script("rollback")
            #expect(try tree[2].psql("select name from item order by id") == "one\ntwo\n")
            try tree.expectEqual("A\nA\nA\n", "select name from item order by id")
            #expect(try Conflict.all(tree[1].connection).isEmpty)
        }
    }

    @Test func aChangeAfterSeeingAnotherIsLaterWhateverTheClocks() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            // A's clock runs a day ahead of B's.
            try tree[1].psql("select setval('replication.clock', 86400000000)")
            try tree[1].psql("update item set name = 'A' where id = 1")
            try tree.syncUntilQuiet()
            try tree[2].psql("update item set name = 'B' where id = 1")
            try tree.syncUntilQuiet()
            let times = try tree[2].psql(
                """
                select origin
                from replication.log
                where tablename = 'public.item' and key ->> 'id' = '1'
                order by changed_at desc
                """)
            #expect(times.hasPrefix("2\n1\n"))
            #expect(try tree[1].psql("select name from item where id = 1") == "B\n")
        }
    }
}
