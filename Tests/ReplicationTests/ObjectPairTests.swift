import Postgres
import Replication
import TestSupport
import Testing

/// What a node remembers of its neighbours' large objects, and of those that rows may still need.
@Suite struct ObjectPairTests {
    private let schema = "create table doc (id int primary key, u text unique, lo oid);"

    private func pairs(_ node: TestNode) throws -> String {
        try node.psql("select count(*) from replication.object_pair")
    }

    private func texts(_ node: TestNode, _ condition: String = "true") throws -> String {
        try node.psql(
            "select id, convert_from(lo_get(lo), 'utf8') from doc where \(condition) order by id")
    }

    private func bringOne(_ tree: TestTree) throws {
        try tree[1].psql("insert into doc values (1, 'a', lo_from_bytea(0, 'one'))")
        try tree.syncUntilQuiet()
    }

    @Test func pairsEndWithTheirEdge() throws {
        try withTree(schema: schema) { tree in
            try bringOne(tree)
            #expect(try pairs(tree[2]) == "1\n")
            try tree.edge((1, 2)).unlink()
            #expect(try tree.nodes.map { try pairs($0) } == ["0\n", "0\n"])
        }
    }

    @Test func pairsOfUnlinkedObjectsGoOnBothSides() throws {
        try withTree(schema: schema) { tree in
            try bringOne(tree)
            try tree[2].psql("update doc set u = 'b'")
            try tree.syncUntilQuiet()
            #expect(try tree.nodes.map { try pairs($0) } == ["1\n", "1\n"])
            try tree[1].psql("select lo_unlink(lo) from doc; delete from doc")
            try tree.syncUntilQuiet()
            #expect(try tree.nodes.map { try pairs($0) } == ["0\n", "0\n"])
        }
    }

    /// An object that is written anew stands for another one from then on, also where the former one was
    /// left lying about.
    @Test func thePairThatWasNotedLastCounts() throws {
        try withTree(schema: schema) { tree in
            try tree[2].psql("insert into doc values (1, 'a', lo_from_bytea(0, 'one'))")
            try tree.syncUntilQuiet()
            try tree[1].psql("update doc set lo = lo_from_bytea(0, 'two')")
            try tree.syncUntilQuiet()
            try tree[2].psql("insert into doc select 2, 'b', lo from doc")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try texts(node) == "1|two\n2|two\n")
                #expect(try node.psql("select count(distinct lo) from doc") == "1\n")
            }
        }
    }

    /// A table that is not replicated may name an object, and nobody can see yet whether it does.
    @Test func whatSomebodyIsAboutToNameStays() throws {
        try withTree(schema: schema) { tree in
            try bringOne(tree)
            try tree[2].psqlHere("create table notes (lo oid)")
            let user = try tree[2].session()
            try user.script("begin; insert into notes select lo from doc")
            try tree[1].psql("select lo_unlink(lo) from doc; delete from doc")
            try tree.sync((1, 2))
            try user.script("commit")
            user.close()
            try tree[1].psql("insert into doc values (2)")
            try tree.sync((1, 2))
            #expect(
                try tree[2].psql("select convert_from(lo_get(lo), 'utf8') from notes") == "one\n")
            #expect(try tree[2].psql("select count(*) from replication.loose_object") == "0\n")
        }
    }
}
