import Foundation
import Postgres
import TestSupport
import Testing

@testable import Replication

/// Databases that hash, or sort, otherwise than one another.
extension CompareRowsTests {
    /// A node, and another one whose database is made as given.
    private func withOther(
        _ options: String, schema: String, _ body: (TestNode, TestNode, Edge) throws -> Void
    ) throws {
        try withTree(1, schema: schema) { tree in
            let name = "\(tree[1].database)_other"
            let server = try Servers.server(of: 1)
            try Connection(server.conninfo()).script(
                "create database \(name) \(options) template template0")
            let other = try TestNode(number: 2, database: name, on: server)
            defer {
                other.connection.close()
                try? Connection(server.conninfo()).script("drop database \(name)")
            }
            try other.psql(schema)
            try other.install()
            let edge = try Edge(tree[1].connection, other.connection)
            try edge.link()
            try body(tree[1], other, edge)
        }
    }

    @Test func databasesOfTwoEncodingsAreComparedByOneHash() throws {
        try withOther("encoding 'LATIN1' locale 'C'", schema: noteTable) { node, latin, edge in
            try node.psql("insert into note values (1, 'Zoë'), (2, 'x')")
            _ = try edge.sync()
            #expect(try edge.compare().isLevel)
            try here(latin, "update note set text = 'Zoé' where id = 1")
            #expect(lines(try edge.compare()) == [#"public.note {"id":1} text: Zoë Zoé"#])
        }
    }

    /// Ranges of keys are other ones then.
    @Test func databasesThatSortOtherwiseAreCompared() throws {
        let schema = "create table big (k text primary key, v int);"
        let icu = "locale_provider icu icu_locale 'und' locale 'C.UTF-8'"
        try withOther(icu, schema: schema) { node, other, edge in
            try node.psql(
                """
                insert into big
                select case when n % 2 = 0 then upper(md5(n::text)) else md5(n::text) end, n
                from generate_series(1, 60000) as n
                """)
            _ = try edge.sync()
            for side in [node, other] { try side.psql("analyze big") }
            #expect(try edge.compare().isLevel)
            try here(
                other,
                """
                update big set v = 0 where v in (1, 2);
                delete from big where v in (3, 4);
                insert into big values ('x', 1), ('X', 1);
                """)
            let found = try edge.compare()
            let table = try #require(found.rows.tables.first)
            #expect(table.unlike == 2 && table.onlyA == 2 && table.onlyB == 2)
        }
    }
}
