import Postgres
import Replication
import TestSupport
import Testing

/// Deletes from behind a filter. A is the home, B the filtered side, C behind B.
@Suite struct FilterDeleteTests {
    /// A delete of a row that leaves the filter meanwhile is its rival, whoever made it behind the filter, in
    /// whatever order the two sync. What B makes and deletes again under a hidden key is none of A's.
    @Test func aRowLeavesAndIsDeleted() throws {
        let schema = "create table item (id int primary key, region text, text text);"
        try withTree(3, schema: schema) { tree in
            try tree[1].psql(
                """
                insert into item select i, 'north', 'a' from generate_series(1, 6) as i;
                insert into item select i, 'south', 'a' from generate_series(7, 9) as i
                """)
            _ = try tree.edge((1, 2)).setFilter(table: "item", .rows("region = 'north'"))
            try tree.syncUntilQuiet()
            for (edge, first) in [((1, 2), 1), ((2, 1), 3)] {
                try tree[1].psql("update item set region = 'east' where id = \(first)")
                // What B has changed of it before makes no difference.
                try tree[2].psql("update item set text = 'b' where id = \(first)")
                try tree[2].psql("delete from item where id in (\(first), \(first + 1))")
                try tree[1].psql("update item set region = 'east' where id = \(first + 1)")
                try tree.sync(edge)
            }
            // B hears that it has left before it hears of C's delete.
            for (edge, row) in [((2, 3), 5), ((3, 2), 6)] {
                try tree[1].psql("update item set region = 'east' where id = \(row)")
                try tree.sync((1, 2))
                try tree[3].psql("delete from item where id = \(row)")
                try tree.sync(edge)
                try tree.sync((2, 1))
            }
            // Also where the log has forgotten most of it, and from C.
            try tree[2].psql("insert into item values (7, 'north', 'b'), (8, 'north', 'b')")
            try tree[2].psql(
                "delete from item where id = 7; update item set text = 'c' where id = 8")
            try tree[2].compactLogs()
            try tree[2].psql("delete from item where id = 8")
            try tree[2].compactLogs()
            try tree[3].psql(
                "insert into item values (9, 'north', 'c'); delete from item where id = 9")
            try tree.sync((3, 2))
            try tree.syncUntilQuiet()
            #expect(
                try tree[1].psql("select id, region from item order by id")
                    == "2|east\n4|east\n7|south\n8|south\n9|south\n")
            #expect(try tree[2].psql("select * from item") == "")
            #expect(try tree[3].psql("select * from item") == "")
            let history = """
                select key ->> 'id', winner ->> 'region', loser ->> 'region'
                from replication.conflict order by 1
                """
            #expect(
                try tree[1].psql(history)
                    == """
                    1|\\N|east
                    2|east|\\N
                    3|\\N|east
                    4|east|\\N
                    5|\\N|east
                    6|\\N|east

                    """)
            #expect(try tree.edge((1, 2)).compare().isLevel)
            // What is deleted while the table is excluded is none of the other side's business.
            _ = try tree.edge((1, 2)).setFilter(table: "item", .all)
            try tree.syncUntilQuiet()
            _ = try tree.edge((1, 2)).setFilter(table: "item", .nothing)
            try tree[2].psql("delete from item where id = 2; insert into item values (10, 'b')")
            try tree[1].psql("delete from item where id = 4")
            let error = try refusal {
                _ = try tree.edge((1, 2)).setFilter(table: "item", .all)
            }
            #expect(error.hint?.hasPrefix("Sync") == true, "\(error)")
            try tree.sync((1, 2))
            _ = try tree.edge((1, 2)).setFilter(table: "item", .all)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.psql("select id from item order by 1") == "2\n4\n7\n8\n9\n10\n")
            }
        }
    }

    /// A TRUNCATE takes what was there to take: no row that waits, as it never fitted, and of one that did
    /// once, the newer version is a rival.
    @Test func aTruncateTakesNoRowThatNeverArrived() throws {
        let schema = """
            create table region (id int primary key, name text);
            create table place (id int primary key, region int references region, size int);
            """
        try withTree(schema: schema) { tree in
            try tree[2].psqlHere("alter table place add constraint small check (size < 10)")
            try tree[1].psql(
                """
                insert into region values (1, 'north'), (2, 'south');
                insert into place values (1, 1, 1), (2, 2, 2), (3, 1, 3), (4, 2, 4)
                """)
            _ = try tree.edge((1, 2)).setFilter(table: "region", .rows("name = 'north'"))
            try tree.sync((1, 2))
            try tree[1].psql("update place set size = 30 where id = 3")
            let report = try tree.sync((1, 2))
            #expect(report.directions[0].waiting == ["public.place": 3])
            try tree[2].psql("truncate region cascade")
            try tree.sync((1, 2))
            #expect(try tree[1].psql("select id from region") == "2\n")
            #expect(try tree[1].psql("select id from place order by id") == "2\n4\n")
            #expect(
                try tree[1].psql("select loser ->> 'id' from replication.conflict") == "3\n")
            // The other way round.
            try tree[2].psql("truncate place")
            try tree.sync((2, 1))
            #expect(try tree[1].psql("select id from place order by id") == "2\n4\n")
            try tree[1].psql("update region set name = 'north'")
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }
}
