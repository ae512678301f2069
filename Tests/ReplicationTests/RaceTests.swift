import Postgres
import Replication
import TestSupport
import Testing

/// What users do while a direction is under way: nothing of it is skipped or overwritten.
@Suite struct RaceTests {
    /// Two nodes with the tables, level with each other.
    private func pair(_ schema: String, _ rows: String) throws -> TestTree {
        let tree = try TestTree(2)
        for node in tree.nodes { try node.psql(schema) }
        try tree[1].psql(rows)
        try tree.install()
        try tree.syncUntilQuiet()
        return tree
    }

    private func expectEqual(_ tree: TestTree, _ rows: String, _ query: String) throws {
        try tree.syncUntilQuiet()
        for node in tree.nodes { #expect(try node.psql(query) == rows, "node \(node.letter)") }
        #expect(try tree[1].contents() == tree[2].contents())
    }

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
        let tree = try pair(Self.item, Self.rows)
        defer { try? tree.remove() }
        let late = try tree[1].session()
        try late.script("begin; insert into item values (3, 'late')")
        try tree[1].psql("insert into item values (4, 'early')")
        try tree.sync((1, 2))
        #expect(try tree[2].psql("select id from item order by id") == "1\n2\n4\n")
        try late.script("commit")
        try expectEqual(tree, "1\n2\n3\n4\n", "select id from item order by id")
    }

    @Test func aPreparedTransactionIsNotSkipped() throws {
        let tree = try pair(Self.item, Self.rows)
        defer { try? tree.remove() }
        try tree[1].psql("begin; insert into item values (3, 'prepared'); prepare transaction 'p'")
        try tree[1].psql("insert into item values (4, 'early')")
        try tree.sync((1, 2))
        try tree[1].psql("commit prepared 'p'")
        try expectEqual(tree, "1\n2\n3\n4\n", "select id from item order by id")
    }

    @Test func anUpdateThatCommitsWhileTheDirectionWaitsIsAConflict() throws {
        let tree = try pair(Self.item, Self.rows)
        defer { try? tree.remove() }
        try tree[1].psql("update item set name = 'A' where id = 1")
        let report = try collide(
            tree, on: 2, "update item set name = 'user' where id = 1")
        #expect(report.directions[0].conflicts == 1)
        try expectEqual(tree, "user\n", "select name from item where id = 1")
        #expect(try Conflict.all(tree[1].connection).map(\.loser.row) == [#"{"id":1,"name":"A"}"#])
    }

    @Test func aRowDeletedAndInsertedAgainMeanwhileIsAConflict() throws {
        let tree = try pair(Self.item, Self.rows)
        defer { try? tree.remove() }
        try tree[1].psql("update item set name = 'A' where id = 1")
        _ = try collide(
            tree, on: 2, "delete from item where id = 1; insert into item values (1, 'again')")
        try expectEqual(tree, "again\n", "select name from item where id = 1")
        #expect(try Conflict.all(tree[2].connection).count == 1)
    }

    @Test func aKeyInsertedMeanwhileIsAConflict() throws {
        let tree = try pair(Self.item, Self.rows)
        defer { try? tree.remove() }
        try tree[1].psql("insert into item values (3, 'A')")
        _ = try collide(
            tree, on: 2, "insert into item values (3, 'user')")
        try expectEqual(tree, "user\n", "select name from item where id = 3")
        #expect(try Conflict.all(tree[2].connection).count == 1)
    }

    @Test func aDeleteDoesNotTakeARowThatWasChangedMeanwhile() throws {
        let tree = try pair(Self.item, Self.rows)
        defer { try? tree.remove() }
        try tree[1].psql("delete from item where id = 1")
        _ = try collide(
            tree, on: 2, "update item set name = 'user' where id = 1")
        try expectEqual(tree, "user\n", "select name from item where id = 1")
    }

    @Test func anUpdateThatWaitsForTheDirectionIsKept() throws {
        let tree = try pair(Self.item, Self.rows)
        defer { try? tree.remove() }
        // The direction holds row 1, which it has changed, and waits for row 2.
        try tree[1].psql("update item set name = 'A'")
        let blocker = try tree[2].session()
        try blocker.script("begin; select from item where id = 2 for update")
        let sync = BackgroundSync(tree[1], tree[2])
        _ = try tree[2].waitForBlockedAgent()
        let user = Connection.Waiting(
            tree[2].conninfo, "update item set name = 'user' where id = 1")
        try blocker.script("rollback")
        _ = try sync.wait()
        try user.wait()
        try expectEqual(tree, "user\n", "select name from item where id = 1")
    }

    private static let family = """
        create table parent (id int primary key);
        create table child (id int primary key, parent int references parent);
        """

    @Test func aChildInsertedWhileTheDeleteOfItsParentWaits() throws {
        let tree = try pair(Self.family, "insert into parent values (1), (2)")
        defer { try? tree.remove() }
        try tree[1].psql("delete from parent where id = 1")
        _ = try collide(
            tree, on: 2, "insert into child values (10, 1)")
        try expectEqual(
            tree, "1\n2\n10\n", "select id from parent union all select id from child order by 1")
        #expect(try Conflict.all(tree[1].connection).count == 1)
    }

    @Test func aParentDeletedWhileItsChildArrives() throws {
        let tree = try pair(Self.family, "insert into parent values (1), (2)")
        defer { try? tree.remove() }
        try tree[1].psql("insert into child values (10, 1)")
        _ = try collide(
            tree, on: 2, "delete from parent where id = 1")
        try expectEqual(
            tree, "1\n2\n10\n", "select id from parent union all select id from child order by 1")
    }

    /// A snapshot from before a rewriting ALTER TABLE shows an empty table: every pending key would
    /// look deleted.
    @Test func aTableIsRewrittenWhileTheSourceIsAboutToBeRead() throws {
        let tree = try pair(Self.item, Self.rows)
        defer { try? tree.remove() }
        try tree[1].psql("update item set name = 'A' where id = 1")
        let report = try collide(
            tree, on: 1, "alter table item alter column name type text using upper(name || '!')")
        #expect(report.directions[0].tables.map(\.deleted) == [0])
        #expect(try tree[2].psql("select name from item order by id") == "A!\ntwo\n")
    }

    @Test func anAgentWhoseSessionDiesLeavesNothingHalf() throws {
        let tree = try pair(Self.item, Self.rows)
        defer { try? tree.remove() }
        try tree[1].psql("update item set name = 'A'; insert into item values (3, 'A')")
        let blocker = try tree[2].session()
        try blocker.script("begin; select from item where id = 2 for update")
        let sync = BackgroundSync(tree[1], tree[2])
        let backend = try tree[2].waitForBlockedAgent()
        try tree[2].psql("select pg_terminate_backend(\(backend))")
        #expect(throws: (any Error).self) { try sync.wait() }
        try blocker.script("rollback")
        #expect(try tree[2].psql("select name from item order by id") == "one\ntwo\n")
        try expectEqual(tree, "A\nA\nA\n", "select name from item order by id")
        #expect(try Conflict.all(tree[1].connection).isEmpty)
    }

    @Test func aChangeAfterSeeingAnotherIsLaterWhateverTheClocks() throws {
        let tree = try pair(Self.item, Self.rows)
        defer { try? tree.remove() }
        // A's clock runs a day ahead of B's.
        try tree[1].psql("update replication.self set clock_offset = '1 day'")
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

extension Connection {
    /// A user's statement that has to wait, on a thread of its own.
    final class Waiting: @unchecked Sendable {
        private let group = ThreadResult()

        init(_ conninfo: String, _ statement: String) {
            group.run { try Psql.run(conninfo, statement) }
        }

        func wait() throws { _ = try group.wait() }
    }
}
