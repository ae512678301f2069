import Replication
import TestSupport
import Testing

/// Single directions in an order that a whole sync does not have.
@Suite struct DirectionTests {
    private func tree(_ count: Int) throws -> TestTree {
        let tree = try TestTree(count, isPrepared: true)
        for node in tree.nodes {
            try node.psql("create table item (id int primary key, name text)")
        }
        try tree[1].psql("insert into item values (1, 'start')")
        try tree.install()
        try tree.syncUntilQuiet()
        return tree
    }

    private func pull(_ tree: TestTree, _ source: Int, _ target: Int) throws {
        var oneWay = SyncOptions()
        oneWay.isOneWay = true
        try tree.sync((source, target), oneWay)
    }

    /// The loser's own entry leaves its log: else the winner would be offered its own old row as a
    /// rival of its newer one, and B's priority would let that win.
    @Test func aWinnerIsNotOfferedItsOwnOldRow() throws {
        let tree = try tree(2)
        defer { try? tree.remove() }
        try tree[2].psql("update item set name = 'B'")
        try tree[1].psql("update item set name = 'A, later'")
        try pull(tree, 1, 2)
        try tree[1].psql("update item set name = 'A, later still'")
        try tree.syncUntilQuiet()
        for node in tree.nodes {
            #expect(try node.psql("select name from item") == "A, later still\n")
            #expect(try Conflict.all(node.connection).map(\.loser.row) == [#"{"id":1,"name":"B"}"#])
        }
        let entries = try tree[2].psql(
            "select count(*) from replication.log where tablename = 'public.item' and via is null")
        #expect(entries == "0\n")
    }

    /// A source that sends all rows again, as its capture was mended, takes no entry from the target
    /// that another neighbour still waits for.
    @Test func rowsThatAreSentAgainLeaveTheTargetsEntriesAlone() throws {
        let tree = try tree(3)
        defer { try? tree.remove() }
        try setPolicy(tree[1].connection, table: "item", policy: "priority", argument: "1")
        try tree.syncUntilQuiet()
        try tree[2].psql("insert into item values (2, 'B')")
        try tree.sync((1, 2))
        try tree[1].psql("select replication.mend('item')")
        try tree.sync((1, 2))
        try tree.syncUntilQuiet()
        #expect(try tree[3].psql("select name from item where id = 2") == "B\n")
    }

    /// A version that lost to an older one by priority does not give the winner's row its name.
    @Test func anOlderWinnerKeepsItsNameAllTheWay() throws {
        let tree = try tree(4)
        defer { try? tree.remove() }
        try setPolicy(tree[1].connection, table: "item", policy: "priority", argument: "1")
        try tree.syncUntilQuiet()
        try tree[1].psql("update item set name = 'one'")
        try tree[2].psql("update item set name = 'two, later'")
        try pull(tree, 2, 3)
        try pull(tree, 1, 2)
        try pull(tree, 2, 3)
        try pull(tree, 3, 4)
        let newest = try tree[4].psql(
            """
            select origin from replication.log where tablename = 'public.item'
            order by changed_at desc limit 1
            """)
        #expect(newest == "1\n")
        try tree.syncUntilQuiet()
        for node in tree.nodes { #expect(try node.psql("select name from item") == "one\n") }
    }

    /// A TRUNCATE that a row outlived does not travel on as one: the row would go along as new, and
    /// undo what was done with it elsewhere.
    @Test func aRowThatOutlivedATruncateDoesNotComeBackElsewhere() throws {
        let tree = try tree(3)
        defer { try? tree.remove() }
        try setPolicy(tree[1].connection, table: "item", policy: "priority", argument: "2")
        try tree.syncUntilQuiet()
        try tree[1].psql("truncate item")
        try tree[2].psql("insert into item values (2, 'two')")
        try pull(tree, 2, 3)
        try pull(tree, 2, 1)
        #expect(try tree[1].psql("select id from item") == "2\n")
        try tree[3].psql("delete from item where id = 2")
        try pull(tree, 1, 2)
        try tree.syncUntilQuiet()
        for node in tree.nodes { #expect(try node.psql("select id from item") == "") }
    }

    /// What one sync moved stands in the history of the node that received it.
    @Test func theHistorySaysWhatArrived() throws {
        let tree = try tree(2)
        defer { try? tree.remove() }
        try tree[1].psql(
            "insert into item values (2, 'two'); update item set name = 'x' where id = 1")
        let report = try tree.sync((1, 2)).directions[0]
        #expect(report.moved == 2)
        let row = try tree[2].psql(
            "select source, inserted, updated, deleted from replication.sync order by id desc limit 1"
        )
        #expect(row == "1|1|1|0\n")
    }

    /// A foreign key is true when the direction commits, not only after the way back.
    @Test func aParentIsBackBeforeTheDirectionCommits() throws {
        let tree = try TestTree(2, isPrepared: true)
        defer { try? tree.remove() }
        for node in tree.nodes {
            try node.psql(
                """
                create table parent (id int primary key, name text);
                create table child (id int primary key, parent int references parent);
                """)
        }
        try tree[1].psql("insert into parent values (1, 'one'), (2, 'two')")
        try tree.install()
        try tree.syncUntilQuiet()
        try tree[1].psql("insert into child values (10, 1)")
        try tree[2].psql("delete from parent where id = 1")
        try pull(tree, 1, 2)
        #expect(try tree[2].psql("select name from parent where id = 1") == "one\n")
        try tree.syncUntilQuiet()
        #expect(try tree[1].contents() == tree[2].contents())
        let conflicts = try Conflict.all(tree[1].connection)
        #expect(conflicts.map(\.table) == ["public.parent"])
        #expect(conflicts.map(\.loser.row) == [nil])
    }
}
