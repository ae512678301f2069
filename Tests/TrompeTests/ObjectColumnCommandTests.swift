import Replication
import TestSupport
import Testing

/// `trompe install --large-object` as a user runs it.
@Suite struct ObjectColumnCommandTests {
    private let schema = """
        create domain number as bigint;
        create schema "Odd one";
        create table doc (id int primary key, scan oid, plain number, "Sp.e""c" bigint, name text,
            twice bigint generated always as (id * 2) stored, lo oid);
        create table "Odd one"."do.c" (id oid primary key, "A b" oid);
        create table no_key (a oid);
        create table parted (id int primary key, scan oid) partition by list (id);
        create table part partition of parted default;
        create view seen as select * from doc;
        """

    private func said(_ node: TestNode) throws -> String {
        try node.psql(
            """
            select relid::regclass || ' ' || string_agg(c.name, ' ' order by c.name)
            from replication.relation as r
                cross join replication.object_columns(r.relid) as c
            group by relid
            order by 1
            """)
    }

    private let all = "\"Odd one\".\"do.c\" A b\ndoc lo plain scan\nparted scan\n"

    /// Before there are neighbours, and afterwards; and rows that were there before.
    @Test func aColumnIsNamedOnOneNodeAndAllKnow() throws {
        try withTree(3, schema: schema, installing: false) { tree in
            func run(_ words: String...) throws {
                let run = try Program.run(list: words, services: tree.services)
                #expect(run.status == 0, "\(run.errors)")
            }
            try tree[1].psql("insert into doc (id, scan) values (1, lo_from_bytea(0, 'a scan'))")
            try run(
                "install", "a", "--node", "1", "--large-object", "doc.scan", "--large-object",
                "public.doc.plain", "--large-object", "\"Odd one\".\"do.c\".\"A b\"",
                "--large-object", "PARTED.scan", "--large-object", "doc.lo")
            #expect(try said(tree[1]) == all)
            for (name, number) in [("b", "2"), ("c", "3")] {
                try run("install", name, "--node", number)
            }
            try run("link", "b", "c")
            try run("link", "a", "b")
            #expect(try said(tree[2]) == all)
            try run("sync", "a", "b")
            try run("sync", "b", "c")
            for node in tree.nodes {
                #expect(try said(node) == all, "\(node.letter)")
                #expect(try node.psql("select lo_get(scan) from doc") == "\\x61207363616e\n")
            }
            // On a database that is a node, of a column whose numbers have travelled as such.
            try tree[1].psql(
                """
                insert into doc (id, "Sp.e""c") values (2, lo_from_bytea(0, 'late'))
                """)
            for edge in tree.edges { try tree.sync(edge) }
            try run("install", "a", "--node", "1", "--large-object", "doc.\"Sp.e\"\"c\"")
            try run("sync", "a", "b")
            try run("sync", "b", "c")
            for node in tree.nodes {
                #expect(
                    try node.psql("select lo_get(\"Sp.e\"\"c\"::oid) from doc where id = 2")
                        == "\\x6c617465\n", "\(node.letter)")
                #expect(try node.orphans() == [], "\(node.letter)")
            }
            let again = try Program.run(
                "install", "a", "--node", "1", "--large-object", "doc.scan", services: tree.services
            )
            #expect(again.status == 0)
            #expect(try tree.edges.allSatisfy { try tree.sync($0).isQuiet })
        }
    }

    /// What two have said that were strangers: a column that one of them calls one with objects is one.
    @Test func strangersAgreeWhenTheyAreLinked() throws {
        try withTree(2, schema: schema, linking: false) { tree in
            try tree[1].psql(
                """
                select replication.large_object('doc', 'lo', false);
                select replication.large_object('parted', 'scan');
                """)
            try tree[2].psql(
                """
                select replication.large_object('doc', 'plain');
                select replication.large_object('parted', 'scan');
                select replication.large_object('parted', 'scan', false);
                """)
            try tree.edge((1, 2)).link()
            for node in tree.nodes { #expect(try said(node) == "doc plain\nparted scan\n") }
            #expect(try tree.sync((1, 2)).directions.allSatisfy { $0.schemaChanges.isEmpty })
        }
    }

    /// What is named, and words of the message and the hint.
    private static let wrong = [
        ("doc", "\"doc\" does not name a column of a table", "Give TABLE.COLUMN"),
        ("a.b.c.d", "\"a.b.c.d\" does not name", "Give TABLE.COLUMN"),
        ("doc.sc an", "does not name", "Give TABLE.COLUMN"),
        ("doc.\"scan", "does not name", "Give TABLE.COLUMN"),
        ("", "does not name", "Give TABLE.COLUMN"),
        ("nope.scan", "there is no table public.nope", "looked for in the schema public"),
        ("do.c.scan", "there is no table \"do\".c", "looked for in the schema public"),
        ("doc.nope", "table public.doc has no column nope", "Its columns are: id, scan, plain"),
        ("doc.Scan\"", "does not name", "Give TABLE.COLUMN"),
        ("doc.\"Scan\"", "has no column \"Scan\"", "Its columns are: "),
        ("doc.xmin", "has no column xmin", "Its columns are: "),
        ("doc.name", "cannot hold large objects: its type is text", "are oid, lo and bigint"),
        ("doc.id", "it is part of the key", "differ from node to node"),
        ("\"Odd one\".\"do.c\".id", "it is part of the key", "differ from node to node"),
        ("doc.twice", "it is generated", "differ from node to node"),
        ("no_key.a", "table public.no_key cannot be replicated: it has no key", "with a key"),
        ("part.scan", "it is no table of its own", "of a partition, the partitioned table"),
        ("seen.scan", "it is no table of its own", "Name a table"),
        ("pg_catalog.pg_class.oid", "it is no table of its own", "Name a table"),
    ]

    @Test func whatCannotBeIsRefusedBeforeAnythingChanges() throws {
        try withTree(2, schema: schema, installing: false) { tree in
            _ = try Installation.install(tree[2].connection, number: 2)
            let before = try tree.nodes.map { try $0.dump() }
            for (name, message, hint) in Self.wrong {
                for (node, number) in [("a", "1"), ("b", "2")] {
                    let run = try Program.run(
                        "install", node, "--node", number, "--large-object", "doc.scan",
                        "--large-object", name, services: tree.services)
                    #expect(run.status == 1 && run.output == "", "\(name): \(run.output)")
                    let lines = run.errors.split(separator: "\n")
                    #expect(lines.first?.hasPrefix("trompe: \(node): ") == true, "\(run.errors)")
                    #expect(lines.first?.contains(message) == true, "\(name): \(run.errors)")
                    #expect(lines.last?.hasPrefix("hint: ") == true, "\(name): \(run.errors)")
                    #expect(lines.last?.contains(hint) == true, "\(name): \(run.errors)")
                }
            }
            let own = try Program.run(
                "install", "b", "--node", "2", "--large-object", "replication.edge.low",
                services: tree.services)
            #expect(own.status == 1 && own.errors.contains("it belongs to the replication"))
            #expect(try tree.nodes.map { try $0.dump() } == before)
        }
    }
}
