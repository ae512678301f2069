import Postgres
import Replication
import TestSupport
import Testing

/// Foreign keys of several columns, of which each side changes another one, by the policy columns; and
/// great numbers of missing parents.
@Suite struct ForeignKeyColumnsTests {
    private static let parents = """
        create table parent (a int, b int, primary key (a, b));
        insert into parent values (1, 1), (1, 2), (2, 1);
        """

    /// What the two sides make of the row (1, 1), and what may become of it.
    struct Change {
        let a: String
        let b: String
        let rows: [String]
    }

    static let changes = [
        // Together they name a parent that nobody has: the newer row stands whole.
        Change(a: "a = 2", b: "b = 2", rows: ["1|2|a|b"]),
        // Together they are neither NULL nor a reference.
        Change(a: "a = 2", b: "a = null, b = null", rows: ["\\N|\\N|a|b"]),
        Change(a: "a = null, b = null", b: "a = 2", rows: ["2|1|a|b"]),
        // These do not meet in the foreign key.
        Change(a: "a = 2", b: "y = 'new'", rows: ["2|1|a|new"]),
    ]

    @Test(arguments: ["match full", "match full not valid", "", "not valid"])
    func whatComesOutIsValid(_ kind: String) throws {
        let schema =
            Self.parents + """
                create table child (id int primary key, a int, b int, x text, y text);
                alter table child add constraint ref foreign key (a, b) references parent \(kind);
                """
        try withTree(3, schema: schema) { tree in
            try setPolicy(tree[1].connection, table: "child", policy: "columns", argument: nil)
            // One row for each change.
            try tree[1].psql(
                "insert into child select n, 1, 1, 'a', 'b' from generate_series(0, 4) as n")
            var merging = SyncOptions()
            merging.merges = true
            try tree.syncUntilQuiet(merging)
            for (number, change) in Self.changes.enumerated() {
                // Where one row made of both is wrong, all of the table are decided whole: the last one is
                // made when the others are through.
                if number == 3 { try tree.syncUntilQuiet() }
                try tree[1].psql("update child set \(change.a) where id = \(number + 1)")
                try tree[3].psql("update child set \(change.b) where id = \(number + 1)")
            }
            // What has nothing to do with it is merged or not, but flows.
            try tree[1].psql("update child set x = 'of A' where id = 0")
            try tree[3].psql("update child set y = 'of C' where id = 0")
            try tree.syncUntilQuiet()
            for (number, change) in Self.changes.enumerated() {
                let row = try tree[2].psql(
                    "select a, b, x, y from child where id = \(number + 1)")
                let halfNull = change.a.contains("null") || change.b.contains("null")
                if kind.contains("full") || !halfNull {
                    #expect(
                        change.rows.contains(row.trimmingCharacters(in: .newlines)), "\(change)")
                }
            }
            for node in tree.nodes {
                #expect(try node.contents() == tree[1].contents())
                #expect(try node.waiting() == "")
            }
            // As PostgreSQL sees it itself; the rows are the same everywhere.
            try tree[3].psql(
                """
                alter table child validate constraint ref;
                alter table child drop constraint ref;
                alter table child add foreign key (a, b) references parent \(kind)
                """)
        }
    }

    /// Only the target has the key, and a row arrives that it forbids.
    @Test func aRowThatIsHalfNullWaits() throws {
        let schema = Self.parents + "create table child (id int primary key, a int, b int);"
        try withTree(schema: schema) { tree in
            var merging = SyncOptions()
            merging.merges = true
            try tree.syncUntilQuiet(merging)
            try tree[2].psqlHere(
                "alter table child add foreign key (a, b) references parent match full")
            try tree[1].psql(
                "insert into child values (1, 1, null), (2, null, null), (3, 1, 2), (4, 7, 7)")
            #expect(try tree.sync((1, 2)).directions[0].waiting == ["public.child": 2])
            #expect(try tree[2].psql("select id from child order by id") == "2\n3\n")
            try tree[1].psql("update child set a = 1, b = 1")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("select count(*) from child where b = 1") == "4\n")
        }
    }

    /// Behind many parents that neither side has stand some that must come back.
    @Test func moreMissingParentsThanAreLookedAtAtATime() throws {
        let schema = """
            create table parent (id int primary key);
            create table child (id int primary key, parent int);
            """
        try withTree(schema: schema) { tree in
            try tree[1].psql("insert into parent select n from generate_series(1, 1200) as n")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                try node.psql(
                    """
                    insert into child select -n, 10000 + n from generate_series(1, 1) as n
                        where \(node.number) = 1;
                    alter table child add foreign key (parent) references parent not valid;
                    """)
            }
            // Orphans, as a key that is NOT VALID leaves them alone.
            try tree[1].psql(
                """
                alter table child disable trigger all;
                alter table child enable trigger user;
                insert into child select n, 10000 + n from generate_series(2, 1500) as n;
                alter table child enable trigger all;
                """)
            try tree[2].psql("delete from parent where id > 5")
            try tree[1].psql(
                "insert into child select 5000 + n, n from generate_series(1, 1200) as n")
            // Before the way back could mend it.
            var oneWay = SyncOptions()
            oneWay.isOneWay = true
            try tree.sync((1, 2), oneWay)
            #expect(try tree[2].psql("select count(*) from parent") == "1200\n")
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            for node in tree.nodes {
                #expect(try node.psql("select count(*) from parent") == "1200\n")
                #expect(
                    try node.psql(
                        """
                        select count(*) from child as c
                        where parent < 10000 and not exists (select from parent where id = c.parent)
                        """) == "0\n")
                #expect(try node.psql("select count(*) from child") == "2700\n")
            }
            // Where the key is valid, as many wait.
            try tree[2].psql(
                """
                delete from child where parent > 10000;
                alter table child validate constraint child_parent_fkey;
                """)
            try tree.syncUntilQuiet()
            try tree[1].psql(
                """
                alter table child disable trigger all;
                alter table child enable trigger user;
                insert into child select 10000 + n, 10000 + n from generate_series(1, 1300) as n;
                insert into child values (20000, 1);
                alter table child enable trigger all;
                """)
            let report = try tree.sync((1, 2))
            #expect(report.directions[0].waiting == ["public.child": 1300])
            #expect(try tree[2].psql("select max(id) from child") == "20000\n")
        }
    }
}
