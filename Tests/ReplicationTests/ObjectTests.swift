import Postgres
import Replication
import TestSupport
import Testing

/// Large objects as users treat them, beyond what the scenarios show.
@Suite struct ObjectTests {
    private let schema = """
        create table doc (id int primary key, title text, lo oid, n bigint, note text);
        """

    private func withDocuments(_ body: (TestTree) throws -> Void) throws {
        try withTree(schema: schema) { tree in
            try tree[1].psql("select replication.large_object('doc', 'n')")
            try tree.syncUntilQuiet()
            try body(tree)
        }
    }

    private func count(_ node: TestNode) throws -> String {
        try node.psql("select count(*) from pg_largeobject_metadata")
    }

    /// A number of no object is named in the report; its row travels, with what else it has.
    @Test func whatIsMissingIsReported() throws {
        try withDocuments { tree in
            try tree[1].psql(
                """
                insert into doc (id, title, lo, n) values
                    (1, 'one', 4711, lo_from_bytea(0, 'there')::bigint),
                    (2, 'two', lo_from_bytea(0, 'there, too'), 4712),
                    (3, 'three', 0, -1), (4, 'four', null, 99999999999);
                """)
            let there = try #require(try tree.sync((1, 2)).directions.first)
            let missing = there.objects.missing.sorted { $0.number < $1.number }
            #expect(missing.map(\.number) == [4711, 4712])
            #expect(missing.map(\.column) == ["lo", "n"])
            #expect(missing.map(\.key) == [#"{"id":1}"#, #"{"id":2}"#])
            #expect(missing.allSatisfy { $0.table == "public.doc" })
            #expect(there.objects.made == 2)
            #expect(try tree[2].psql("select count(*) from doc") == "4\n")
            #expect(
                try tree[2].psql("select n from doc where id > 2 order by id")
                    == "-1\n99999999999\n")
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree.sync((1, 2)).isQuiet)
            #expect(try tree[2].orphans() == [])
        }
    }

    @Test func fromNullToAnObjectAndBack() throws {
        try withDocuments { tree in
            try tree[1].psql("insert into doc (id) values (1)")
            try tree.syncUntilQuiet()
            try tree[2].psql(
                """
                update doc
                set lo = lo_from_bytea(0, 'a letter'), n = lo_from_bytea(0, 'a page')::bigint
                """)
            let back = try #require(try tree.sync((1, 2)).directions.last)
            #expect(back.objects.made == 2 && back.objects.missing.isEmpty)
            let content = "a letter|a page\n"
            let query = """
                select convert_from(lo_get(lo), 'utf8'), convert_from(lo_get(n::oid), 'utf8') from doc
                """
            #expect(try tree[1].psql(query) == content)
            try tree[1].psql("select lo_unlink(lo) from doc; update doc set lo = null, n = null")
            let there = try #require(try tree.sync((1, 2)).directions.first)
            #expect(there.objects.removed == 2 && there.objects.made == 0)
            #expect(try tree[2].psql("select lo, n from doc") == "\\N|\\N\n")
            #expect(try count(tree[2]) == "0\n")
            #expect(try tree[2].psql("table replication.held_object") == "")
        }
    }

    /// What is tried leaves no object behind, and what only goes one way reaches the other side alone.
    @Test func aTryWritesNothingAndOneWayIsOneWay() throws {
        try withDocuments { tree in
            try tree[1].psql("insert into doc (id, lo) values (1, lo_from_bytea(0, 'of A'))")
            try tree[2].psql("insert into doc (id, lo) values (2, lo_from_bytea(0, 'of B'))")
            var options = SyncOptions()
            options.isDryRun = true
            let tried = try tree.sync((1, 2), options)
            #expect(tried.directions.map(\.objects.made) == [1, 1])
            #expect(tried.directions.map(\.objects.bytes) == [0, 0])
            for node in tree.nodes {
                #expect(try count(node) == "1\n")
                #expect(try node.psql("select count(*) from doc") == "1\n")
                #expect(try node.psql("select count(*) from replication.object_pair") == "0\n")
                #expect(try node.psql("select count(*) from replication.loose_object") == "0\n")
            }
            options.isDryRun = false
            options.isOneWay = true
            #expect(try tree.sync((1, 2), options).directions.map(\.objects.made) == [1])
            #expect(try count(tree[1]) == "1\n" && count(tree[2]) == "2\n")
            try tree[1].psql("select lo_unlink(lo) from doc; delete from doc")
            #expect(try tree.sync((1, 2), options).directions.map(\.objects.removed) == [1])
            #expect(try count(tree[1]) == "0\n" && count(tree[2]) == "1\n")
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try count(tree[1]) == "1\n" && count(tree[2]) == "1\n")
        }
    }

    /// The numbers differ on all nodes; that is no change of the column.
    @Test func changesOfOtherColumnsAreCombinedBesideAnObject() throws {
        try withDocuments { tree in
            try tree[1].psql(
                """
                select replication.set_policy('doc', 'columns');
                select lo_create(0) from generate_series(1, 5);
                insert into doc values (1, 'title', lo_from_bytea(0, 'the same'),
                    lo_from_bytea(0, 'also')::bigint, 'note');
                """)
            try tree.syncUntilQuiet()
            #expect(
                try tree[1].psql("select lo, n from doc") != tree[2].psql("select lo, n from doc"))
            try tree[1].psql("update doc set title = 'of A'")
            try tree[2].psql("update doc set note = 'of B'")
            let report = try tree.sync((1, 2))
            #expect(report.directions.allSatisfy { $0.conflicts == 0 && $0.objects.bytes == 0 })
            #expect(report.directions.map { $0.objects.made + $0.objects.removed } == [0, 0])
            for node in tree.nodes {
                #expect(
                    try node.psql("select title, convert_from(lo_get(lo), 'utf8'), note from doc")
                        == "of A|the same|of B\n")
                #expect(try Conflict.all(node.connection).isEmpty)
            }
        }
    }
}
