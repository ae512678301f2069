import Replication
import TestSupport
import Testing

/// `trompe policy` as a user runs it.
@Suite struct PolicyCommandTests {
    private let schema = """
        create table item (id int primary key, a text, b text);
        create table "odd.name" (id int primary key, a text, b text);
        create table no_key (a int);
        create table parted (id int primary key) partition by list (id);
        create table part partition of parted default;
        create schema elsewhere;
        create table elsewhere.item (id int primary key);
        create function wrong(jsonb, jsonb) returns text language sql as 'select null::text';
        """

    @Test(arguments: ["item", "public.item", "\"odd.name\"", "public.\"odd.name\""])
    func withColumnsBothChangesSurvive(table: String) throws {
        try withTree(2, schema: schema) { tree in
            try tree[1].psql("insert into \(table) values (1, 'a', 'b')")
            try tree.syncUntilQuiet()
            let run = try Program.run(
                "policy", "a", table, "columns", services: tree.services)
            #expect(run.status == 0 && run.errors == "", "\(run.errors)")
            #expect(run.output == "a: conflicts of \(table) are decided by columns\n")
            try tree.syncUntilQuiet()
            try tree[1].psql("update \(table) set a = 'of A'")
            try tree[2].psql("update \(table) set b = 'of B'")
            let sync = try Program.run("sync", "b", "a", services: tree.services)
            #expect(sync.status == 0, "\(sync.errors)")
            for node in tree.nodes {
                #expect(try node.psql("table \(table)") == "1|of A|of B\n")
                #expect(try Conflict.all(node.connection).isEmpty)
            }
        }
    }

    @Test func whatCannotBeIsRefusedWithAHint() throws {
        try withTree(1, schema: schema) { tree in
            func errors(_ words: String..., status: Int32 = 1) throws -> String {
                let run = try Program.run(
                    list: ["policy", "a"] + words, services: tree.services)
                #expect(run.status == status && run.output == "", "\(run.output)")
                return run.errors
            }
            for table in [
                "public.nope", "nope", "no_key", "part", "public.part", "a.b.c.d", "a\"b", "",
                "replication.policy", "pg_catalog.pg_class", "item; drop table item", "it's",
            ] {
                let text = try errors(table, "columns")
                #expect(
                    text.hasPrefix(
                        "trompe: a: table \(table) is not replicated\nhint: name a table")
                        && text.contains("trompe status a"), "\(text)")
            }
            for function in ["public.nope", "nope", "public.wrong", "a b c", "a.b.c.d", "x(", ""] {
                let text = try errors("item", "function", function)
                #expect(
                    text == "trompe: a: there is no function \(function)(jsonb, jsonb) that returns"
                        + " jsonb\nhint: Name it with its schema, and create it on every node.\n")
            }
            for nodes in ["2,x", "", "99999999999", "0"] {
                let text = try errors("item", "priority", nodes)
                #expect(text.contains("node number") && text.contains("\nhint: "), "\(text)")
            }
            #expect(try errors("item", "oldest").contains("there is no policy oldest\nhint: "))
            for words in [["columns", "a"], ["newest", "1"], ["priority"], ["function"]] {
                let run = try Program.run(
                    list: ["policy", "a", "item"] + words, services: tree.services)
                #expect(run.status == 64, "\(words)")
            }
            #expect(try tree[1].psql("select count(*) from replication.policy") == "0\n")
        }
    }
}
