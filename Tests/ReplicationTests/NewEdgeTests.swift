import Replication
import TestSupport
import Testing

/// What a new edge brings must not disturb the old ones.
@Suite struct NewEdgeTests {
    private static let schema = "create table item (id int primary key, name text)"

    /// A row that goes over a new edge is no rival of what an old neighbour did with it since.
    @Test func aRowThatGoesOverANewEdgeDoesNotComeBackElsewhere() throws {
        let tree = try TestTree(3, edges: [(1, 2), (2, 3)], isPrepared: true)
        defer { try? tree.remove() }
        for node in tree.nodes { try node.psql(Self.schema) }
        try tree.install(linking: false)
        try tree.edge((1, 2)).link()
        try setPolicy(tree[2].connection, table: "item", policy: "priority", argument: "2")
        try tree[2].psql("insert into item values (1, 'two'), (2, 'two')")
        try tree.sync((1, 2))
        try tree[1].psql("delete from item where id = 1; update item set name = 'one'")
        try tree.edge((2, 3)).link()
        var merging = SyncOptions()
        merging.merges = true
        try tree.sync((3, 2), merging)
        try tree.syncUntilQuiet()
        for node in tree.nodes {
            #expect(try node.psql("select id, name from item") == "2|one\n", "\(node.letter)")
            #expect(try Conflict.all(node.connection).isEmpty)
        }
    }

    /// Both sides of a new edge have rows and neighbours of their own: all of them get all rows.
    @Test func twoTreesBecomeOne() throws {
        let tree = try TestTree(4, edges: [(1, 2), (3, 4), (2, 3)], isPrepared: true)
        defer { try? tree.remove() }
        for node in tree.nodes { try node.psql(Self.schema) }
        try tree.install(linking: false)
        try tree.edge((1, 2)).link()
        try tree.edge((3, 4)).link()
        try tree[1].psql("insert into item values (1, 'one'), (9, 'same')")
        try tree[4].psql("insert into item values (4, 'four'), (9, 'same')")
        try tree.sync((1, 2))
        try tree.sync((3, 4))
        try tree.edge((2, 3)).link()
        try tree.syncUntilQuiet()
        for node in tree.nodes {
            #expect(
                try node.psql("select id, name from item order by id") == "1|one\n4|four\n9|same\n")
            #expect(try Conflict.all(node.connection).isEmpty)
        }
    }

    /// An edge that was ended and made again: both sides know the whole tree again, and what was
    /// deleted in between does not come back.
    @Test func anEdgeThatIsMadeAgain() throws {
        let tree = try TestTree(4, isPrepared: true)
        defer { try? tree.remove() }
        for node in tree.nodes {
            try node.psql(Self.schema + "; create table emptied (id int primary key)")
        }
        try tree[1].psql("insert into item values (1, 'one'), (2, 'two')")
        try tree.install()
        try tree[1].psql("insert into emptied values (1), (2)")
        try tree.syncUntilQuiet()
        try tree.edge((2, 3)).unlink()
        #expect(try tree[2].psql("select count(*) from replication.member") == "2\n")
        try tree[1].psql("delete from item where id = 1; truncate emptied")
        try tree[4].psql("insert into item values (4, 'four')")
        try tree.sync((1, 2))
        try tree.sync((3, 4))
        try tree.edge((2, 3)).link()
        var merging = SyncOptions()
        merging.merges = true
        try tree.syncUntilQuiet(merging)
        for node in tree.nodes {
            #expect(try node.psql("select id from item order by id") == "2\n4\n")
            #expect(try node.psql("select id from emptied") == "")
            #expect(try node.psql("select count(*) from replication.member") == "4\n")
            #expect(try node.psql("select count(*) from replication.edge") == "3\n")
        }
    }

    /// A table that was dropped and made again is a new one everywhere, with the rows that it has got
    /// since.
    @Test func aTableThatIsMadeAgain() throws {
        let tree = try TestTree(3, isPrepared: true)
        defer { try? tree.remove() }
        for node in tree.nodes { try node.psql(Self.schema) }
        try tree[1].psql("insert into item select n, 'old' from generate_series(1, 5) as n")
        try tree.install()
        try tree.syncUntilQuiet()
        try tree[2].psql("drop table item; \(Self.schema); insert into item values (2, 'mine')")
        try tree.syncUntilQuiet()
        for node in tree.nodes {
            #expect(try node.psql("table item") == "2|mine\n", "\(node.letter)")
            #expect(try Conflict.all(node.connection).isEmpty)
        }
        try tree[3].psql("insert into item values (3, 'new')")
        try tree.syncUntilQuiet()
        #expect(try tree[1].psql("table item") == "2|mine\n3|new\n")
    }

    /// A table that was dropped and made again on one side alone gets the other side's rows, and what
    /// the two hold under one key is a conflict.
    @Test func aTableThatIsMadeAgainOnOneSide() throws {
        let tree = try TestTree(3, isPrepared: true)
        defer { try? tree.remove() }
        for node in tree.nodes { try node.psql(Self.schema) }
        try tree[1].psql("insert into item select n, 'old' from generate_series(1, 5) as n")
        try tree.install()
        try tree.syncUntilQuiet()
        try tree[2].psqlHere("drop table item; \(Self.schema)")
        try tree[2].psql("insert into item values (2, 'mine')")
        try tree.syncUntilQuiet()
        for node in tree.nodes {
            #expect(try node.psql("select count(*) from item") == "5\n", "\(node.letter)")
            #expect(try node.contents() == tree[1].contents())
        }
        let recorded = try Conflict.all(tree[1].connection).map(\.loser.row)
        #expect(recorded.contains(#"{"id":2,"name":"old"}"#))
    }

    /// Rows that differ under one key are merged only where a person asks for it, and nothing is
    /// changed before.
    @Test func rowsThatDifferAreMergedOnRequestOnly() throws {
        let tree = try TestTree(2, isPrepared: true)
        defer { try? tree.remove() }
        for node in tree.nodes {
            try node.psql(Self.schema)
            try node.psql(
                "insert into item values (1, '\(node.letter)'), (\(node.number + 1), 'x')")
        }
        try tree.install()
        #expect(throws: ReplicationError.rowsDiffer("A", "B", counts: ["public.item: 1"])) {
            try tree.sync((1, 2))
        }
        #expect(try tree[2].psql("select * from item order by id") == "1|B\n3|x\n")
        var merging = SyncOptions()
        merging.merges = true
        try tree.sync((1, 2), merging)
        for node in tree.nodes {
            #expect(try node.psql("select * from item order by id") == "1|B\n2|x\n3|x\n")
            #expect(try Conflict.all(node.connection).map(\.loser.row) == [#"{"id":1,"name":"A"}"#])
        }
    }

    /// A write on A between the two directions of the first sync is an ordinary change.
    @Test func aChangeBetweenTheFirstTwoDirectionsIsNoConflict() throws {
        let tree = try TestTree(2, isPrepared: true)
        defer { try? tree.remove() }
        for node in tree.nodes { try node.psql(Self.schema) }
        try tree[1].psql("insert into item values (1, 'A')")
        try tree.install()
        var oneWay = SyncOptions()
        oneWay.isOneWay = true
        try tree.sync((1, 2), oneWay)
        try tree[1].psql("update item set name = 'A later'")
        try tree.sync((2, 1), oneWay)
        try tree.syncUntilQuiet()
        for node in tree.nodes {
            #expect(try node.psql("select name from item") == "A later\n")
            #expect(try Conflict.all(node.connection).isEmpty)
        }
    }
}
