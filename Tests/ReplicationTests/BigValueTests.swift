import Replication
import TestSupport
import Testing

/// Values as large as PostgreSQL's own tools carry.
@Suite struct BigValueTests {
    /// 100 MB in a text and in a bytea arrive whole, in binary and, because of the enum, as text.
    @Test func valuesOfAHundredMegabytes() throws {
        let tree = try TestTree(2, isPrepared: true)
        defer { try? tree.remove() }
        for node in tree.nodes {
            try node.psql(
                """
                create type kind as enum ('text', 'bytes');
                create table plain (id int primary key, t text, b bytea);
                create table typed (id int primary key, k kind, t text, b bytea);
                """)
        }
        try tree.install()
        try tree.syncUntilQuiet()
        try tree[1].psql(
            """
            insert into plain values (1, repeat('0123456789', 10000000), null);
            insert into typed (id, b) values
                (2, convert_to(repeat('\\x00é', 20000000), 'UTF8'));
            """)
        try tree.sync((1, 2))
        let sums = """
            select id, length(t), length(b), md5(t), md5(b) from plain
            union all
            select id, length(t), length(b), md5(t), md5(b) from typed
            order by 1, 2
            """
        let expected = try tree[1].psql(sums)
        #expect(expected.contains("1|100000000|"))
        #expect(expected.contains("2|\\N|120000000|"))
        #expect(try tree[2].psql(sums) == expected)
    }
}
