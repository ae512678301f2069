import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// `trompe compare` as a user types it.
@Suite struct CompareCommandTests {
    private func withNodes(
        schema: String = "create table document (id int primary key, lo oid);",
        _ body: (TestTree, ([String]) throws -> Program.Run) throws -> Void
    ) throws {
        try withTree(2, schema: schema) { tree in
            let services = tree.services
            try body(tree) { try Program.run(list: $0, services: services) }
        }
    }

    @Test func itSaysWhatDiffersAndRepairsIt() throws {
        try withNodes { tree, run in
            try tree[1].psql(
                "insert into document select n, lo_from_bytea(0, 'abc') from generate_series(1, 120) as n"
            )
            #expect(try run(["sync", "a", "b"]).status == 0)
            let level = try run(["compare", "a", "b"])
            #expect(level.status == 0 && level.errors == "")
            #expect(
                level.output == """
                    A - B: compared 120 rows of 1 table: all alike
                    A - B: compared 120 large objects of 120 rows: all alike

                    """)
            try tree[1].psql("select lo_put(lo, 0, 'longer') from document where id = 1")
            try tree[2].psql("select lo_put(lo, 0, 'x') from document where id = 2")
            try tree[2].psql("select lo_unlink(lo) from document where id = 3")
            try tree[1].psql("update document set lo = lo where id = 4")
            let found = try run(["compare", "a", "b"])
            #expect(found.status == 2)
            #expect(
                found.output == """
                    A - B: compared 120 rows of 1 table: all alike
                    A - B: compared 119 large objects of 119 rows: 3 differ
                        public.document {"id":1} lo: 6 bytes on A, 3 bytes on B
                        public.document {"id":2} lo: other content of the same size (3 bytes)
                        public.document {"id":3} lo: 3 bytes on A, not there on B
                    1 row waits for the next sync and its objects were not compared

                    """)
            #expect(
                found.errors == "hint: to give both what A has run it again with "
                    + "--repair-from a; what B has, with --repair-from b\n")
            // B has no object for one of them.
            let some = try run(["compare", "a", "b", "--repair-from", "b"])
            #expect(some.status == 2)
            #expect(some.output.hasPrefix("3 large objects differed; 2 rows sent again from B\n"))
            #expect(some.errors.contains("warning: 1 row left as it is"))
            #expect(some.output.contains("120 large objects of 120 rows: 1 differs\n"))
            #expect(
                try tree[1].psql("select lo_get(lo) from document where id = 3") == "\\x616263\n")
            let rest = try run(["compare", "a", "b", "--repair-from", "A"])
            #expect(rest.status == 0, "\(rest.errors)")
            #expect(
                rest.output.hasSuffix("A - B: compared 120 large objects of 120 rows: all alike\n"))
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(
                try tree[2].psql("select lo_get(lo) from document where id < 3 order by id")
                    == "\\x616263\n\\x786263\n")
        }
    }

    @Test func longListsEndAndJsonHasAll() throws {
        try withNodes { tree, run in
            try tree[1].psql(
                "insert into document select n, lo_from_bytea(0, 'abc') from generate_series(1, 120) as n"
            )
            #expect(try run(["sync", "a", "b"]).status == 0)
            try tree[2].psql("select lo_put(lo, 0, 'x') from document where id > 10")
            let text = try run(["compare", "a", "b"])
            #expect(text.status == 2)
            #expect(text.output.split(separator: "\n").count == 103)
            #expect(text.output.hasSuffix("    and 10 more\n"))
            let found = try run(["compare", "a", "b", "--json"])
            #expect(found.status == 2 && found.errors == "")
            let document = try #require(try found.json as? [String: Any])
            #expect(document["repair"] == nil)
            let objects = try #require(document["objects"] as? [String: Any])
            #expect(objects["differing"] as? Int == 110 && objects["rows"] as? Int == 120)
            #expect(objects["rowsWaiting"] as? Int == 0)
            let differences = try #require(objects["differences"] as? [[String: Any]])
            #expect(differences.count == 110)
            #expect(differences[0]["key"] as? String == "{\"id\":11}")
            let content = try #require(differences[0]["a"] as? [String: Any])
            #expect(content["state"] as? String == "object" && content["bytes"] as? Int == 3)
            let mended = try run(["compare", "a", "b", "--repair-from", "b", "--json"])
            #expect(mended.status == 0)
            let after = try #require(try mended.json as? [String: Any])
            let repair = try #require(after["repair"] as? [String: Any])
            #expect(repair["rows"] as? Int == 110 && repair["objectsDiffered"] as? Int == 110)
            let level = try #require(after["objects"] as? [String: Any])
            #expect(repair["from"] as? String == "B" && level["differing"] as? Int == 0)
            #expect(try run(["compare", "a", "b"]).status == 0)
        }
    }

    @Test func rowsThatDifferAreShownAndRepaired() throws {
        let schema = """
            create table singer (id int primary key, name text, "phone, no" text);
            create table "odd, ""T" (id int primary key);
            """
        try withNodes(schema: schema) { tree, run in
            try tree[1].psql(
                "insert into singer values (1, 'Ada', '1'), (2, E'B\\x1b[31men', null)")
            #expect(try run(["sync", "a", "b"]).status == 0)
            try tree[2].psql(
                """
                set session_replication_role = replica;
                update singer set "phone, no" = null where id = 1;
                delete from singer where id = 2;
                insert into "odd, ""T" values (7);
                """)
            try tree[1].psql("insert into singer values (3, 'pending', '3')")
            let found = try run(["compare", "a", "b"])
            #expect(found.status == 2)
            #expect(
                found.output == #"""
                    A - B: compared 4 rows of 2 tables: 3 differ
                        public."odd, ""T": 1 only on B
                        public.singer: 1 only on A, 1 unlike
                        public."odd, ""T" {"id":7}: only on B
                            id "7"
                        public.singer {"id":1}:
                            phone, no: "1" on A, NULL on B
                        public.singer {"id":2}: only on A
                            id "2", name "B\u{1b}[31men", phone, no NULL
                    1 row waits for the next sync and was not compared

                    """#)
            #expect(found.errors.contains("run it again with --repair-from a; what B has, with"))
            let plan = try run(["compare", "a", "b", "--repair-from", "a", "--dry-run"])
            #expect(plan.status == 2)
            #expect(
                plan.output.hasSuffix(
                    """
                    would be done on B: public."odd, ""T": 1 deleted
                    would be done on B: public.singer: 1 inserted, 1 updated

                    """))
            let json = try run([
                "compare", "a", "b", "--json", "--tables", "singer,\"odd, \"\"T\"",
            ])
            let document = try #require(try json.json as? [String: Any])
            let rows = try #require(document["rows"] as? [String: Any])
            #expect(rows["differing"] as? Int == 3 && rows["waiting"] as? Int == 1)
            let differences = try #require(rows["differences"] as? [[String: Any]])
            #expect(differences[1]["columns"] as? [String] == ["phone, no"])
            #expect((differences[1]["a"] as? [String: Any])?["phone, no"] as? String == "1")
            let one = try run(["compare", "a", "b", "--tables", "public.singer"])
            #expect(one.output.hasPrefix("A - B: compared 3 rows of 1 table: 2 differ\n"))
            let mended = try run(["compare", "a", "b", "--repair-from", "b"])
            #expect(mended.status == 0, "\(mended.errors)")
            #expect(
                mended.output.hasPrefix(
                    "3 rows differed; 3 rows sent again from B\nA -> B: moved"))
            #expect(mended.output.hasSuffix("A - B: compared 3 rows of 2 tables: all alike\n"))
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(
                try run(["conflicts", "a"]).output.split(separator: "\n").count { line in
                    line.hasSuffix("node 2 won over node 1 (repair)")
                } == 2)
        }
    }

    @Test func wrongInputChangesNothing() throws {
        try withNodes(schema: "create table plain (id int primary key);") { tree, run in
            for word in ["c", "", "AB"] {
                let wrong = try run(["compare", "a", "b", "--repair-from", word])
                #expect(wrong.status == 64)
                #expect(wrong.errors.contains("--repair-from takes A or B, or one of the two"))
            }
            for arguments in [
                ["--dry-run"], ["--sample", "0"], ["--sample", "101"],
                ["--sample", "5", "--repair-from", "a"],
            ] {
                #expect(try run(["compare", "a", "b"] + arguments).status == 64, "\(arguments)")
            }
            // A database can be called A, and be the second.
            let both = try run(["compare", "b", "A", "--repair-from", "A"])
            #expect(both.status == 64 && both.errors.contains("can mean both databases"))
            #expect(try run(["compare", "a"]).status == 64)
            let same = try run(["compare", "a", "a"])
            #expect(same.status == 1 && same.errors.contains("are the same database"))
            let early = try run(["compare", "a", "b"])
            #expect(early.status == 1)
            #expect(early.errors.contains("hint: nothing was changed; run: trompe sync a b"))
            #expect(try run(["sync", "a", "b"]).status == 0)
            let none = try run(["compare", "a", "b"])
            #expect(none.status == 0)
            #expect(none.output == "A - B: compared 0 rows of 1 table: all alike\n")
            let unknown = try run(["compare", "a", "b", "--tables", "plain,missing"])
            #expect(unknown.status == 1)
            #expect(unknown.errors.contains("a: table missing is not replicated\nhint:"))
            let other = try Connection(tree[2].conninfo)
            try other.execute(
                "select pg_advisory_lock(hashtext('trompe')::int, (1 << 15 | 2)::int)")
            #expect(try run(["compare", "a", "b"]).status == 75)
        }
    }
}
