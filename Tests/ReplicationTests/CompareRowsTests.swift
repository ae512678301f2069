import Foundation
import Postgres
import TestSupport
import Testing

@testable import Replication

/// Rows that differ although no log says so are found, all of them and nothing else.
@Suite struct CompareRowsTests {
    /// Keys and values of all kinds; columns in another order on B.
    private static let schema = """
        create extension citext;
        create type "My 'type" as enum ('x y', 'z');
        create table plain (id int primary key, name text);
        create table "odd ""T%s" ("select" "My 'type", k2 citext, k3 timestamptz, "O'bj" jsonb, n numeric,
            doubled numeric generated always as (n * 2) stored, a int[], primary key (k3, "select", k2));
        create table parted (part int, id text collate "C", f float8, primary key (id, part))
            partition by list (part);
        create table parted_1 partition of parted for values in (1);
        create table parted_2 partition of parted default;
        create table ancestor (id uuid primary key, text text);
        create table heir (primary key (id), more text) inherits (ancestor);
        """
    private static let odd = "\"odd \"\"T%s\""

    private static let rows = """
        insert into plain values (1, 'one'), (2, null), (3, 'three'), (4, '');
        insert into \(odd) values
            ('x y', 'Bob', '2026-01-02 03:04:05.678901+00', '{"a": 1}', 1.0, null, '{1,2}'),
            ('z', E'tab\\tline\\n"', 'infinity', 'null', 'NaN', null, '[0:1]={1,null}');
        insert into parted values (1, 'a', 0.1), (2, 'a', '-0'), (3, E'é\\'', 'infinity');
        insert into ancestor values ('00000000-0000-0000-0000-000000000001', 'x');
        insert into heir values ('00000000-0000-0000-0000-000000000001', 'y', 'z');
        """.replacing("null, '{1,2}')", with: "default, '{1,2}')")
        .replacing("null, '[0:1]", with: "default, '[0:1]")

    private func withRows(_ count: Int = 2, _ body: (TestTree) throws -> Void) throws {
        try withTree(count, schema: Self.schema) { tree in
            try tree[1].psql(Self.rows)
            try tree.syncUntilQuiet()
            try body(tree)
        }
    }

    /// A line for each difference.
    func lines(_ found: Comparison) -> [String] {
        found.rows.differences.map { difference in
            guard let a = difference.a else { return "\(difference.table) \(difference.key) B" }
            guard let b = difference.b else { return "\(difference.table) \(difference.key) A" }
            let values = zip(difference.columns, zip(a, b)).filter { $1.0 != $1.1 }
                .map { "\($0): \($1.0 ?? "NULL") \($1.1 ?? "NULL")" }
            return "\(difference.table) \(difference.key) \(values.joined(separator: ", "))"
        }
    }

    func here(_ node: TestNode, _ text: String) throws {
        try node.psql("set session_replication_role = replica; \(text)")
    }

    @Test func equalRowsAreEqualAndNothingIsChanged() throws {
        try withRows { tree in
            let before = try tree.nodes.map { try $0.contents() + "\($0.logEntries())" }
            for edge in [(1, 2), (2, 1)] {
                let found = try tree.edge(edge).compare()
                #expect(found.isLevel && found.rows.differences == [] && found.warnings == [])
                #expect(found.rows.tables.count == 5 && found.rows.rows == 11)
                #expect(found.rows.waiting == 0)
            }
            #expect(
                try tree.nodes.map { try $0.contents() + "\($0.logEntries())" } == before)
            #expect(try tree.sync((1, 2)).isQuiet)
        }
    }

    @Test func eachKindOfDifferenceIsFound() throws {
        try withRows { tree in
            try here(
                tree[1],
                """
                update plain set name = 'ONE' where id = 1;
                delete from plain where id = 3;
                update \(Self.odd) set n = 1.00 where "select" = 'x y';
                update parted set f = 0 where part = 2;
                update ancestor set text = 'X' where tableoid = 'ancestor'::regclass;
                """)
            try here(
                tree[2],
                """
                update plain set name = '' where id = 2;
                update plain set name = null where id = 4;
                update \(Self.odd) set k2 = 'BOB' where "select" = 'x y';
                update \(Self.odd) set a = '[1:2]={1,null}' where "select" = 'z';
                insert into heir values ('00000000-0000-0000-0000-000000000002', 'y', 'z');
                """)
            #expect(try tree.sync((1, 2)).isQuiet)
            let found = try tree.edge((1, 2)).compare()
            #expect(
                lines(found).sorted() == [
                    #"public."odd ""T%s" {"k3":"2026-01-02T03:04:05.678901+00:00","select":"x y","k2":"Bob"} k2: Bob BOB, n: 1.00 1.0"#,
                    #"public."odd ""T%s" {"k3":"infinity","select":"z","k2":"tab\tline\n\""} a: [0:1]={1,NULL} {1,NULL}"#,
                    #"public.ancestor {"id":"00000000-0000-0000-0000-000000000001"} text: X x"#,
                    #"public.heir {"id":"00000000-0000-0000-0000-000000000002"} B"#,
                    #"public.parted {"id":"a","part":2} f: 0 -0"#,
                    #"public.plain {"id":1} name: ONE one"#,
                    #"public.plain {"id":2} name: NULL "#,
                    #"public.plain {"id":3} B"#,
                    #"public.plain {"id":4} name:  NULL"#,
                ])
            #expect(found.rows.differing == 9 && !found.isLevel)
            let plain = try #require(found.rows.tables.first { $0.name == "public.plain" })
            #expect(plain.onlyA == 0 && plain.onlyB == 1 && plain.unlike == 3)
            #expect(plain.rowsA == 3 && plain.rowsB == 4)
            // Some tables alone, and a short list.
            var options = CompareOptions()
            options.tables = ["plain", Self.odd]
            options.listing = 2
            let some = try tree.edge((2, 1)).compare(options)
            #expect(some.rows.tables.map(\.name) == [#"public."odd ""T%s""#, "public.plain"])
            #expect(some.rows.differing == 6 && some.rows.differences.count == 2)
            options.tables = ["replication.conflict"]
            let unknown = try refusal { _ = try tree.edge((1, 2)).compare(options) }
            guard case .unknownTable("A", "replication.conflict") = unknown else { throw unknown }
        }
    }

    /// Among what differs are rows that have exchanged their values.
    @Test func aLargeTableIsNarrowedDown() throws {
        try withTree(
            2,
            schema: """
                create table big (k1 int, k2 text, v int, primary key (k1, k2));
                insert into big select n % 7, 'k' || n, n from generate_series(1, 120000) as n;
                analyze big
                """
        ) { tree in
            try tree.syncUntilQuiet()
            let level = try tree.edge((1, 2)).compare()
            #expect(level.isLevel && level.rows.rows == 120_000)
            try here(
                tree[2],
                """
                update big set v = 3 - v where v in (1, 2);
                delete from big where v = 60000;
                insert into big values (0, '', 0), (6, 'zzz', 0);
                update big set v = -v where v = 120000;
                """)
            var options = CompareOptions()
            let found = try tree.edge((1, 2)).compare(options)
            #expect(
                lines(found).sorted() == [
                    #"public.big {"k1":0,"k2":""} B"#,
                    #"public.big {"k1":1,"k2":"k1"} v: 1 2"#,
                    #"public.big {"k1":2,"k2":"k2"} v: 2 1"#,
                    #"public.big {"k1":3,"k2":"k60000"} A"#,
                    #"public.big {"k1":6,"k2":"k120000"} v: 120000 -120000"#,
                    #"public.big {"k1":6,"k2":"zzz"} B"#,
                ])
            // A sample looks at some ranges, and finds no more than there is.
            options.percent = 20
            let sample = try tree.edge((1, 2)).compare(options)
            #expect(sample.rows.rows > 1_000 && sample.rows.rows < 60_000)
            #expect(sample.rows.differing <= 6 && sample.rows.percent == 20)
            // All of one side.
            try here(tree[2], "delete from big")
            let empty = try tree.edge((2, 1)).compare()
            #expect(empty.rows.tables[0].onlyB == 120_000 && empty.rows.differing == 120_000)
            #expect(empty.rows.differences.count == 1_000)
        }
    }

    @Test func whatIsToBeSyncedIsToldApart() throws {
        try withRows(3) { tree in
            // Changes on either side and behind it, of rows that differ already, too.
            try here(tree[1], "update plain set name = 'unseen' where id in (1, 2)")
            try tree[1].psql("update plain set name = 'seen' where id = 1")
            try tree[1].psql("delete from plain where id = 3")
            try tree[2].psql("insert into plain values (7, 'new'); delete from heir")
            try tree[3].psql("update parted set f = 7 where part = 1; truncate \(Self.odd)")
            try tree.sync((2, 3))
            let found = try tree.edge((1, 2)).compare()
            #expect(lines(found) == [#"public.plain {"id":2} name: unseen NULL"#])
            #expect(found.rows.waiting == 7)
            let back = try tree.edge((2, 1)).compare()
            #expect(lines(back) == [#"public.plain {"id":2} name: NULL unseen"#])
            #expect(back.rows.waiting == 7)
            try tree.syncUntilQuiet()
            #expect(lines(try tree.edge((1, 2)).compare()) == lines(found))
            // What a constraint forbids waits, too.
            try tree[2].psqlHere("alter table plain add constraint short check (length(name) < 9)")
            try tree[1].psql("insert into plain values (8, 'too long a name')")
            #expect(try tree.sync((1, 2)).waiting == 1)
            let waiting = try tree.edge((1, 2)).compare()
            #expect(lines(waiting) == lines(found) && waiting.rows.waiting == 1)
        }
    }

    /// Users write to both sides all the time, and syncs go on in between.
    @Test func nodesInUseGiveNoFalseAlarm() throws {
        try withTree(
            2, schema: "create table plain (id int primary key, n int); analyze plain"
        ) { tree in
            try tree[1].psql("insert into plain select n, 0 from generate_series(1, 2000) as n")
            try tree.syncUntilQuiet()
            let isOver = NSLock()
            nonisolated(unsafe) var isDone = false
            let writers = tree.nodes.map { node in
                let (conninfo, base) = (node.conninfo, node.number * 1_000_000)
                let writer = ThreadResult()
                writer.run {
                    let session = try Connection(conninfo)
                    var count = 0
                    while !isOver.withLock({ isDone }) {
                        count += 1
                        try session.execute(
                            "update public.plain set n = n + 1 where id = \(1 + count * 7 % 2000)")
                        try session.execute("insert into public.plain values (\(base + count), 0)")
                        try session.execute(
                            "delete from public.plain where id = \(base + count - 20)")
                    }
                    return "\(count)"
                }
                return writer
            }
            for _ in 1...12 {
                let found = try tree.edge((1, 2)).compare()
                #expect(found.isLevel, "\(lines(found))")
                _ = try tree.edge((1, 2)).sync()
            }
            isOver.withLock { isDone = true }
            for writer in writers { #expect(try writer.wait() != "0") }
        }
    }
}
