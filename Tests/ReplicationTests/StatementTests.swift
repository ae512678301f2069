import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Query strings are cut into statements as the server does it.
@Suite struct StatementTests {
    /// A query string, and the statements in it.
    private static let cases: [(String, [String])] = [
        ("select 1", ["select 1"]),
        (" ; select 1 ;; -- done;\n select 2;", ["select 1", "select 2"]),
        ("select ';', ''';', E'\\';'; select 2", ["select ';', ''';', E'\\';'", "select 2"]),
        (
            "select U&'\\0041;', B'1', X'f'; select 2",
            ["select U&'\\0041;', B'1', X'f'", "select 2"]
        ),
        ("create table \"a;\"\"b\" (); select 2", ["create table \"a;\"\"b\" ()", "select 2"]),
        ("select $$;$$, $a$ ; $$ ; $a$; select 2", ["select $$;$$, $a$ ; $$ ; $a$", "select 2"]),
        ("select a$b$c from t; select $1", ["select a$b$c from t", "select $1"]),
        ("/* a; /* b; */ ' */ select 1; select 2", ["select 1", "select 2"]),
        ("select 1 /* it's; */; select 2", ["select 1", "select 2"]),
        ("select (1;2)[3;4]; select 2", ["select (1;2)[3;4]", "select 2"]),
        (
            "create rule r as on insert to t do also (delete from u; select 1); select 2",
            ["create rule r as on insert to t do also (delete from u; select 1)", "select 2"]
        ),
        (
            "create function f() returns int begin atomic select case when a then 1 end; select 2; end; "
                + "select 3",
            [
                "create function f() returns int begin atomic select case when a then 1 end; "
                    + "select 2; end", "select 3",
            ]
        ),
        (
            "begin; create table t (); end; select 2",
            ["begin", "create table t ()", "end", "select 2"]
        ),
        ("select 'no end; select 2", ["select 'no end; select 2"]),
        ("select $$ no end; select 2", ["select $$ no end; select 2"]),
        ("select 'Grüße;'; select \"Öl;\"", ["select 'Grüße;'", "select \"Öl;\""]),
        ("", []), (" ; -- nothing", []),
    ]

    @Test func whatAnAlterTableDoesIsToldApart() throws {
        let cases = [
            (
                "alter table if exists only a . \"b,\" * add x numeric(4,2) default ',', drop y",
                [
                    "alter table if exists only a . \"b,\" * add x numeric(4,2) default ','",
                    "alter table if exists only a . \"b,\" *  drop y",
                ]
            ),
            (
                "ALTER TABLE t\nDROP a /* , */,DROP b",
                [
                    "ALTER TABLE t\nDROP a /* , */", "ALTER TABLE t\nDROP b",
                ]
            ),
            ("alter table t rename to u", ["alter table t rename to u"]),
            ("alter table all in tablespace a owned by b, c set tablespace d", []),
            ("alter table t alter a type text using b, alter b type text using a", []),
            ("create table t (a int, b int)", []),
        ]
        try withTree(1) { tree in
            for (text, parts) in cases {
                let rows = try tree[1].connection.query(
                    "select unnest(replication.alterations_of(\(text))) as part")
                let expected = parts.isEmpty ? [text] : parts
                #expect(try rows.map { try $0.string("part") } == expected)
            }
        }
    }

    @Test func eachIsCutOutExactly() throws {
        try withTree(1) { tree in
            for (text, statements) in Self.cases {
                let rows = try tree[1].connection.query(
                    "select statement from replication.statements_of(\(text))")
                #expect(try rows.map { try $0.string("statement") } == statements, "\(text)")
            }
        }
    }

    /// Whatever is looked at first: a statement can end anywhere in it.
    @Test func windowsOfAnySizeGiveTheSame() throws {
        try withTree(1) { tree in
            for (text, statements) in Self.cases where !statements.isEmpty {
                let rows = try tree[1].connection.query(
                    """
                    select w as size, n.statement
                    from generate_series(1, length(\(text)::text) + 1) as w
                        cross join replication.next_statement(\(text), 1, false, w) as n
                    where n.statement is distinct from \(statements[0])
                    """)
                #expect(rows.isEmpty, "\(text)")
            }
        }
    }

    @Test func wordsAndTheirPlaces() throws {
        try withTree(1) { tree in
            let rows = try tree[1].connection.query(
                """
                select words::text as words, places::text as places
                from replication.next_statement('ALTER /* x */ TABLE "My ""T" Add c E''a''', 1)
                """)
            #expect(try rows[0].string("words") == #"{alter,table,"My \"T",add,c}"#)
            #expect(try rows[0].string("places") == "{1,15,21,30,34}")
        }
    }

    @Test func backslashesEscapeWhereStringsDoNotConform() throws {
        try withTree(1) { tree in
            let rows = try tree[1].connection.query(
                #"select statement from replication.statements_of('select ''\'';''; select 2', true)"#
            )
            #expect(try rows.map { try $0.string("statement") } == [#"select '\';'"#, "select 2"])
        }
    }
}
