import Postgres
import Replication
import TestSupport
import Testing

/// Changes of schema and the rows that are in their way, or lose something by them.
@Suite struct SchemaRowsTests {
    /// What the history has kept, as the neighbour of its writer reads it.
    private func kept(_ node: TestNode) throws -> String {
        try node.psql(
            "select key, loser from replication.conflict where policy = 'schema' order by 1::text")
    }

    private let schema = "create table part (a int, b int, c text, primary key (a, b));"

    @Test func theirKeyMayHaveChangedBefore() throws {
        try withTree(schema: schema) { tree in
            try tree[1].psql("insert into part values (1, 1, 'old'), (2, 2, 'old')")
            try tree.sync((1, 2))
            try tree[2].psql("update part set c = 'mine' where a = 1")
            try tree[1].psql(
                """
                alter table part drop constraint part_pkey;
                alter table part rename a to first;
                alter table part alter first type text;
                alter table part drop column c;
                alter table part add primary key (first, b);
                """)
            try tree.sync((1, 2))
            for node in tree.nodes {
                #expect(
                    try kept(node)
                        == #"{"a" : "1", "b" : 1}|{"first":"1","b":1,"c":"mine"}"# + "\n")
                #expect(try node.psql("select * from part order by 1") == "1|1\n2|2\n")
            }
        }
    }

    /// A statement does two things, and rows are in the way of the second until the origin's have
    /// come; those need the first.
    @Test func partsOfAStatementWaitForRows() throws {
        let schema = "create table person (id int primary key, mail varchar(5));"
        try withTree(3, schema: schema) { tree in
            try tree[1].psql("insert into person values (1, null), (2, null)")
            try tree.syncUntilQuiet()
            try tree[1].psql("alter table person alter mail type varchar(9)")
            try tree[1].psql("update person set mail = 'no. ' || id")
            try tree[1].psql(
                "alter table person alter mail type text using mail || ', here', "
                    + "alter mail set not null, add check (mail <> '')")
            try tree[2].psql("insert into person values (3, 'b')")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select * from person order by 1")
                        == "1|no. 1, here\n2|no. 2, here\n3|b, here\n")
            }
            #expect(try tree[1].schema() == tree[3].schema())
        }
    }

    /// Nothing is known yet of what the origin has seen.
    @Test func theFirstSyncCanChangeTheSchema() throws {
        try withTree(schema: schema) { tree in
            try tree[1].psql("alter table part drop column c")
            try tree.sync((1, 2))
            #expect(
                try tree[2].psql("insert into part values (1, 2); select * from part") == "1|2\n")
        }
    }
}
