import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Files over an edge with filters. A is the home, B the filtered side.
@Suite struct FileFilterTests {
    private static let schema = """
        create table item (gone int, id int primary key, region text, name text, lo oid);
        alter table item drop column gone;
        create table place (id int primary key, item int references item);
        create table wage (id int primary key, name text);
        """

    /// Nor are columns that B must not see, be it in rows or in the history of conflicts; and A keeps them
    /// where B changes the rest of a row.
    @Test func hiddenColumnsAreInNoFile() throws {
        let schema = """
            create table item (gone int, id int primary key, secret text default 'none', name text,
                cost int not null default 0, boss int references item, rank int);
            alter table item drop column gone;
            create table base (id int primary key, name text);
            create table child (number int, lo oid, primary key (id)) inherits (base);
            alter table base add column late text;
            """
        try withTree(2, schema: schema) { tree in
            let (a, b) = (tree[1], tree[2])
            try a.psql(
                """
                insert into item values (1, 'geheim', 'one', 7, null, 1),
                    (2, 'geheim', 'two', 7, 1, 2)
                """)
            _ = try tree.edge((1, 2)).setFilter(
                table: "item", .rows(nil, columns: ["id", "name", "rank"]))
            try tree.syncUntilQuiet()
            try a.psql("insert into child values (1, 'n', 7, lo_from_bytea(0, 'shown'), 'l')")
            try TestFile(tree, from: 1, for: 2).carry(to: b)
            // In a dump, the columns of this one come in another order.
            let child = "select number, convert_from(lo_get(lo), 'UTF8'), late from child"
            #expect(try b.psql(child) == "7|shown|l\n")
            // Older releases do not know how 18 dumps it.
            try a.psql("drop table child, base")
            try tree.syncUntilQuiet()
            try a.psql(
                """
                update item set name = 'of A', secret = 'geheim 2' where id = 2;
                insert into item values (3, 'geheim', 'three', 7, 1, 3);
                """)
            try b.psql("update item set name = 'of B' where id = 2")
            try TestFile(tree, from: 2, for: 1).carry(to: a)
            let lost = "select coalesce(loser ->> 'secret', '-') from replication.conflict"
            #expect(try a.psql(lost) == "geheim 2\n")
            let there = try TestFile(tree, from: 1, for: 2)
            #expect(try there.bytes.range(of: Data("three".utf8)) != nil)
            #expect(try there.bytes.range(of: Data("geheim".utf8)) == nil)
            try there.carry(to: b)
            #expect(try b.psql(lost) == "-\n")
            let all = "select id, secret, name, cost, boss, rank from item order by id"
            #expect(
                try b.psql(all)
                    == """
                    1|none|one|0|\\N|1
                    2|none|of B|0|\\N|2
                    3|none|three|0|\\N|3

                    """)
            try b.psql(
                "update item set rank = 9 where id = 3; insert into item (id, name) values (4, 'four')"
            )
            try TestFile(tree, from: 2, for: 1).carry(to: a)
            #expect(
                try a.psql(all)
                    == """
                    1|geheim|one|7|\\N|1
                    2|geheim 2|of B|7|1|2
                    3|geheim|three|7|1|9
                    4|none|four|0|\\N|\\N

                    """)
            #expect(try tree.sync((1, 2)).isQuiet)
            #expect(try tree.edge((1, 2)).compare().isLevel)
        }
    }

    /// Rows that B must not see are in no file, be they changed, parents or large objects; and what B
    /// lacks is not taken for deleted at A, nor does a row of B's take a hidden one's place.
    @Test func filesKeepToFilters() throws {
        try withTree(2, schema: Self.schema) { tree in
            let (a, b) = (tree[1], tree[2])
            try a.psql(
                """
                insert into item values (1, 'north', 'one', null), (2, 'south', 'geheim', null);
                insert into wage values (1, 'geheim');
                """)
            try setPolicy(a.connection, table: "item", policy: "priority", argument: "1,2")
            _ = try tree.edge((1, 2)).setFilter(table: "item", .rows("region = 'north'"))
            _ = try tree.edge((1, 2)).setFilter(table: "wage", .nothing)
            try tree.syncUntilQuiet()
            try a.psql(
                """
                insert into item values (3, 'north', 'three', lo_from_bytea(0, 'shown')),
                    (4, 'south', 'geheim', lo_from_bytea(0, 'geheim'));
                update item set region = 'south', name = 'geheim' where id = 1;
                insert into place values (1, 4), (2, 3);
                truncate wage;
                insert into wage values (2, 'geheim');
                """)
            try b.psql("insert into wage values (7, 'of B')")
            let there = try TestFile(tree, from: 1, for: 2)
            #expect(try there.bytes.range(of: Data("shown".utf8)) != nil)
            #expect(try there.bytes.range(of: Data("geheim".utf8)) == nil)
            #expect(there.report?.tables.keys.sorted() == ["public.item", "public.place"])
            let report = try there.carry(to: b)
            #expect(report.sync.directions.first?.waiting == ["public.place": 1])
            #expect(try b.psql("select id, name from item; table place") == "3|three\n2|3\n")
            #expect(try b.psql("table wage") == "7|of B\n")
            try b.psql(
                """
                insert into item values (4, 'north', 'rival', null), (5, 'north', 'five', null);
                delete from place where id = 2;
                delete from item where id = 3;
                """)
            let back = try TestFile(tree, from: 2, for: 1)
            try back.carry(to: a)
            let all = "select id, region, name from item order by id"
            #expect(
                try a.psql(all)
                    == "1|south|geheim\n2|south|geheim\n4|south|geheim\n5|north|five\n")
            #expect(try a.psql("select loser ->> 'name' from replication.conflict") == "rival\n")
            #expect(try a.psql("table wage") == "2|geheim\n")
            // The rival leaves where it was made.
            try TestFile(tree, from: 1, for: 2).carry(to: b)
            #expect(try b.psql(all) == "5|north|five\n")
            // A file that was made under another filter has other rows.
            try a.psql("insert into item values (6, 'west', 'six', null)")
            let older = try TestFile(tree, from: 1, for: 2)
            _ = try tree.edge((1, 2)).setFilter(table: "item", .rows("region <> 'south'"))
            let error = try refusal { try older.carry(to: b) }
            #expect(error.description.contains("before a filter was set"), "\(error)")
            try TestFile(tree, from: 1, for: 2).carry(to: b)
            #expect(try b.psql(all) == "5|north|five\n6|west|six\n")
            try tree.syncUntilQuiet()
            #expect(try tree.edge((1, 2)).compare().isLevel)
        }
    }
}
