import Foundation
import Postgres
import TestSupport
import Testing

@testable import Replication

/// Large objects that were changed without an update of their row are found, and sent on request.
@Suite struct CompareTests {
    /// Columns of all three types, a registered one, keys and names of all kinds.
    static let schema = """
        create extension lo;
        create table document (id int primary key, lo lo, title text);
        create type "My 'type" as enum ('x y', 'z');
        create table "odd ""T%s" ("select" "My 'type", k1 text collate "C", number timestamptz,
            "O'bj" oid, lo bigint, o1 int, primary key ("select", k1, number));
        create table parted (part int, id numeric, lo oid, primary key (id, part))
            partition by list (part);
        create table parted_1 partition of parted for values in (1);
        create table parted_2 (id numeric not null, lo oid, part int not null);
        alter table parted attach partition parted_2 default;
        create table plain (id int primary key, lo text);
        """
    private static let odd = "\"odd \"\"T%s\""

    /// Nodes with seven objects in eight columns of six rows, two of which share one; level.
    func withObjects(_ count: Int = 2, _ body: (TestTree) throws -> Void) throws {
        try withTree(count, schema: Self.schema) { tree in
            try tree[1].psql(
                """
                do $$ begin
                    perform replication.large_object('\(Self.odd)', 'O''bj');
                    perform lo_create(4000000001);
                    perform lo_put(4000000001, 0, 'high');
                end $$;
                insert into document values (1, lo_from_bytea(0, 'one')), (2, null),
                    (3, lo_from_bytea(0, decode(repeat('0123456789', 60000), 'hex')));
                insert into document select 4, lo from document where id = 1;
                insert into \(Self.odd) values
                    ('x y', 'it''s \\ "', '2026-01-02 03:04:05.678901+00', lo_from_bytea(0, 'odd'),
                        4000000001, 7),
                    ('z', E'tab\\tline\\n', 'infinity', lo_from_bytea(0, ''), -1, 8);
                insert into parted values (1, 1.50, lo_from_bytea(0, 'p1')),
                    (2, 2, lo_from_bytea(0, 'p2'));
                insert into plain values (1, 'no object');
                """)
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[count].contents())
            try body(tree)
        }
    }

    /// Changes an object alone.
    func put(
        _ node: TestNode, _ text: String, at: Int = 0, _ column: String = "lo", in rows: String
    ) throws {
        let found = try node.psql(
            "select length(lo_put(\(column)::oid, \(at), '\(text)')::text) from \(rows)")
        #expect(!found.isEmpty, "\(rows)")
    }

    /// A line for each difference.
    private func lines(_ found: ObjectComparison) -> [String] {
        func words(_ content: ObjectComparison.Content) -> String {
            switch content {
            case .nothing: "null"
            case .missing: "missing"
            case .bytes(let bytes): "\(bytes)"
            }
        }
        return found.differences.map {
            "\($0.table) \($0.key) \($0.column): \(words($0.a)) \(words($0.b))"
        }.sorted()
    }

    private func expectLevel(_ tree: TestTree) throws {
        let first = try tree[1].contents()
        for node in tree.nodes {
            #expect(try node.contents() == first)
            #expect(try node.orphans() == [])
        }
        for edge in tree.edges { #expect(try tree.edge(edge).compareObjects().isLevel) }
    }

    /// Spoils objects and rows on both sides in a way that no log shows.
    private func spoil(_ tree: TestTree) throws {
        try put(tree[1], "ONE", in: "document where id = 1")
        // In the second of three chunks.
        try put(tree[2], "x", at: 400_000, in: "document where id = 3")
        try put(tree[2], "longer", "\"O'bj\"", in: "\(Self.odd) where o1 = 7")
        try put(tree[1], "high up", in: "\(Self.odd) where o1 = 7")
        try put(tree[2], "new", "\"O'bj\"", in: "\(Self.odd) where o1 = 8")
        try put(tree[1], "P1", in: "parted where id = 1.5")
        try tree[2].psql("select lo_unlink(lo) from parted where id = 2")
        // What only one side has is no matter of this.
        try tree[2].psql("set session_replication_role = replica; delete from plain")
        try tree[1].psql(
            """
            set session_replication_role = replica;
            insert into document values (9, lo_from_bytea(0, 'of A alone'));
            """)
    }

    private let spoiled = [
        #"public."odd ""T%s" {"select":"x y","k1":"it's \\ \"","number":"2026-01-02T03:04:05.678901+00:00"} O'bj: 3 6"#,
        #"public."odd ""T%s" {"select":"x y","k1":"it's \\ \"","number":"2026-01-02T03:04:05.678901+00:00"} lo: 7 4"#,
        #"public."odd ""T%s" {"select":"z","k1":"tab\tline\n","number":"infinity"} O'bj: 0 3"#,
        #"public.document {"id":1} lo: 3 3"#,
        #"public.document {"id":3} lo: 300000 400001"#,
        #"public.document {"id":4} lo: 3 3"#,
        #"public.parted {"id":1.50,"part":1} lo: 2 2"#,
        #"public.parted {"id":2,"part":2} lo: 2 missing"#,
    ]

    @Test func changesWithoutAnUpdateAreFoundAndNothingElseAndNothingIsChanged() throws {
        try withObjects { tree in
            let before = try tree.nodes.map { try $0.contents() + "\($0.logEntries())" }
            let level = try tree.edge((1, 2)).compareObjects()
            #expect(level.isLevel && level.differences == [])
            #expect(level.tables == 3 && level.rows == 7 && level.objects == 8)
            #expect(level.waiting == 0 && level.a == "A" && level.b == "B")
            #expect(
                try tree.nodes.map { try $0.contents() + "\($0.logEntries())" } == before)
            #expect(try tree.sync((1, 2)).isQuiet)
            try spoil(tree)
            #expect(try tree.sync((1, 2)).isQuiet)
            let found = try tree.edge((1, 2)).compareObjects()
            #expect(lines(found) == spoiled)
            #expect(found.differing == 8 && found.differingRows == 7)
            // The other way round, in small pages, with a short list.
            let back = try tree.edge((2, 1)).compareObjects(listing: 3, atOnce: 2)
            #expect(back.differing == 8 && back.differences.count == 3 && back.a == "B")
            // Both sides draw the same rows.
            var sample = CompareOptions()
            sample.percent = 50
            let some = try tree.edge((1, 2)).compare(sample).objects
            #expect((1..<7).contains(some.rows))
            #expect(some == (try tree.edge((1, 2)).compare(sample).objects))
            try tree[1].psql(
                """
                set session_replication_role = replica;
                update document set lo = null where id = 1;
                update document set lo = 4000000002 where id = 2;
                """)
            try tree[2].psql("select lo_unlink(lo) from document where id = 4")
            let more = lines(try tree.edge((1, 2)).compareObjects())
            #expect(more.contains(#"public.document {"id":1} lo: null missing"#))
            #expect(more.contains(#"public.document {"id":2} lo: missing null"#))
            #expect(more.contains(#"public.document {"id":4} lo: 3 missing"#))
            // Dangling on both sides is alike.
            try tree[1].psql("select lo_unlink(lo) from document where id = 4")
            #expect(
                !lines(try tree.edge((1, 2)).compareObjects())
                    .contains { $0.contains(#"document {"id":4}"#) })
        }
    }

    /// Both directions; the third node gets it with the next sync.
    @Test func repairGivesBothSidesTheContentsOfOne() throws {
        for end in [Edge.End.a, .b] {
            try withObjects(3) { tree in
                let truth = end == .a ? 1 : 2
                // Both sides lack what the other has, but for one object that cannot come from B.
                try spoil(tree)
                try tree[1].psql(
                    "set session_replication_role = replica; delete from document where id = 9")
                try tree[2].psql(
                    """
                    set session_replication_role = replica;
                    insert into plain values (1, 'no object');
                    """)
                _ = try tree[1].psql("select lo_unlink(lo) from document where id = 9")
                try tree[1].psql(
                    "select lo_unlink(m.oid) from pg_largeobject_metadata as m where m.oid in "
                        + "(\(try tree[1].orphans().map(String.init).joined(separator: ",") + ",0"))"
                )
                let rows = { (node: TestNode) in
                    try node.contents().split(separator: "\n")
                        .filter { !$0.hasPrefix("replication.") }
                }
                let former = try rows(tree[truth])
                let repair = try tree.edge((1, 2)).repair(from: end)
                #expect(lines(repair.before.objects) == spoiled)
                let left = end == .a ? 0 : 1
                #expect(repair.rows == 7 - left && repair.leftOut == left)
                #expect(repair.from == (end == .a ? "A" : "B"))
                #expect(try rows(tree[truth]) == former)
                // What the other side had is kept with its contents, where it was decided.
                for node in [tree[1], tree[2]] {
                    #expect(
                        try node.psql(
                            """
                            select count(*), count(distinct policy), max(policy)
                            from replication.conflict
                            """) == "\(repair.rows)|1|repair\n")
                }
                #expect(
                    try tree[2].psql(
                        """
                        select convert_from(lo_get((loser ->> 'lo')::oid), 'utf8')
                        from replication.conflict
                        where tablename = 'public.document' and loser ->> 'id' = '1'
                        """) == (end == .a ? "one\n" : "ONE\n"))
                #expect(repair.after.objects.differing == left)
                guard end == .b else {
                    try tree.syncUntilQuiet()
                    return try expectLevel(tree)
                }
                #expect(
                    lines(repair.after.objects)
                        == [#"public.parted {"id":2,"part":2} lo: 2 missing"#])
                // A has it still.
                #expect(
                    try tree[1].psql("select lo_get(lo) from parted where id = 2") == "\\x7032\n")
                let rest = try tree.edge((1, 2)).repair(from: .a)
                #expect(rest.rows == 1 && rest.leftOut == 0 && rest.after.isLevel)
                try tree.syncUntilQuiet()
                try expectLevel(tree)
            }
        }
    }

    @Test func whatHasNothingToRepairSyncsNothing() throws {
        try withObjects { tree in
            try tree[1].psql("insert into plain values (2, 'not yet')")
            let repair = try tree.edge((1, 2)).repair(from: .a)
            #expect(repair.rows == 0 && repair.sync == nil && repair.after.isLevel)
            #expect(try tree[2].psql("select count(*) from plain") == "1\n")
            // What is missing on the chosen side cannot be sent, nor is anything else.
            try tree[1].psql("select lo_unlink(lo) from parted where id = 2")
            let refused = try tree.edge((1, 2)).repair(from: .a)
            #expect(refused.rows == 0 && refused.leftOut == 1 && refused.sync == nil)
            #expect(try tree[2].psql("select lo_get(lo) from parted where id = 2") == "\\x7032\n")
        }
    }

    @Test func rowsThatAreToBeSyncedAreNotCompared() throws {
        try withObjects { tree in
            // Row 4 shares the object: it changes with row 1.
            try put(tree[1], "changed", in: "document where id = 1")
            try tree[1].psql("update document set title = 'x' where id = 1")
            try tree[1].psql("insert into document values (5, lo_from_bytea(0, 'new'))")
            try put(tree[2], "changed", in: "parted where id = 2")
            try tree[2].psql("update parted set lo = lo where id = 2")
            try tree[2].psql("insert into document values (6, lo_from_bytea(0, 'new'))")
            // A new row brings the content of an object that an old one has, too.
            try put(tree[1], "changed", in: "document where id = 3")
            try tree[1].psql("insert into document select 7, lo from document where id = 3")
            try put(tree[2], "changed", in: "parted where id = 1.5")
            try tree[2].psql("insert into document select 8, lo from parted where id = 1.5")
            let found = try tree.edge((1, 2)).compareObjects()
            #expect(found.isLevel && found.waiting == 9 && found.rows == 2)
            #expect(try tree.edge((2, 1)).compareObjects().waiting == 9)
            try tree.sync((1, 2))
            try expectLevel(tree)
            // What came from the other side is not pending.
            let after = try tree.edge((1, 2)).compareObjects()
            #expect(after.waiting == 0 && after.rows == 11)
            // What a constraint forbids waits, too.
            try tree[2].psqlHere(
                "alter table document add constraint untitled check (title is null or id <> 3)")
            try put(tree[1], "changed", in: "document where id = 3")
            try tree[1].psql("update document set title = 'x' where id = 3")
            #expect(try tree.sync((1, 2)).waiting == 1)
            let waiting = try tree.edge((1, 2)).compareObjects()
            #expect(waiting.isLevel && waiting.waiting == 2)
        }
    }
}
