import Foundation
import Postgres
import TestSupport
import Testing

@testable import Replication

/// Directions that are carried as files.
@Suite struct FileTests {
    private static let schema = """
        create table singer (id int primary key, name text);
        create table letter (id int primary key, singer int references singer, text text, lo oid);
        create table badge (id int primary key, name text unique);
        create table wide (gone int, id int primary key, a text, b text, c text);
        alter table wide drop column gone;
        create table "odd ""T" (k text primary key);
        create view everybody as select * from singer;
        create function loud() returns trigger language plpgsql as
            $$ begin raise exception 'users'' code'; end $$;
        """

    private func withNodes(_ body: (TestTree) throws -> Void) throws {
        try withTree(2, schema: Self.schema) { tree in
            try tree[1].psql(
                """
                insert into singer values (1, 'one'), (2, 'two');
                insert into letter values (1, 1, 'old', lo_from_bytea(0, 'first'));
                insert into wide values (1, 'a', 'b', 'c');
                insert into badge values (1, 'x'), (2, 'y');
                insert into "odd ""T" values ('k');
                """)
            try setPolicy(tree[1].connection, table: "wide", policy: "columns", argument: nil)
            try tree.syncUntilQuiet()
            try body(tree)
        }
    }

    private func expectLevel(_ tree: TestTree) throws {
        #expect(try tree[1].contents() == tree[2].contents())
        let databases = try tree.nodes.map { node in
            try node.psql(
                """
                select count(*)
                from pg_database
                where datname like 'trompe\\_import\\_\(node.connection.backendPID)\\_%'
                """)
        }
        #expect(databases == ["0\n", "0\n"])
    }

    /// Rows, deletes, a parent that is needed again, conflicts, columns, objects, TRUNCATE and changes of
    /// schema; files that come late, twice and not at all; and a life without any sync.
    @Test func filesDoWhatSyncsDo() throws {
        try withNodes { tree in
            let (a, b) = (tree[1], tree[2])
            try a.psql(
                """
                insert into letter values (2, 2, 'new', lo_from_bytea(0, 'second'));
                select lo_put(lo, 0, 'FIRST') from letter where id = 1;
                update letter set text = 'of A' where id = 1;
                update wide set a = 'A';
                """)
            try b.psql(
                """
                delete from singer where id = 2;
                insert into singer values (3, 'three');
                update letter set text = 'of B' where id = 1;
                update wide set b = 'B';
                """)
            let lost = try TestFile(tree, from: 1, for: 2)
            #expect(lost.report?.objects == 2)
            let there = try TestFile(tree, from: 1, for: 2)
            let before = try b.contents()
            var dry = SyncOptions()
            dry.isDryRun = true
            #expect(try there.carry(to: b, dry).sync.directions.first?.moved ?? 0 > 0)
            #expect(try b.contents() == before)
            let report = try there.carry(to: b)
            #expect(report.sync.directions.first?.conflicts == 2)
            for file in [there, lost] { #expect(try file.carry(to: b).isKnown) }
            #expect(try b.psql("select name from singer where id = 2") == "two\n")
            #expect(try b.psql("select a, b from wide") == "A|B\n")
            let back = try TestFile(tree, from: 2, for: 1)
            try back.carry(to: a)
            #expect(try back.carry(to: a).isKnown)
            for round in 1...2 {
                try a.psql(
                    """
                    insert into singer values (\(10 * round), 'round');
                    truncate "odd ""T";
                    insert into "odd ""T" values ('after \(round)');
                    """)
                if round == 1 {
                    try a.psql("alter table singer add column born int default 7; drop table badge")
                }
                try TestFile(tree, from: 1, for: 2).carry(to: b)
                try TestFile(tree, from: 2, for: 1).carry(to: a)
            }
            try expectLevel(tree)
            // Each has heard what the other has: nothing needs to be kept, or sent again.
            #expect(try a.psql("select count(*) from replication.file_offer") == "0\n")
            #expect(
                try TestFile(tree, from: 1, for: 2).report?.tables.isEmpty == true)
            #expect(try tree.sync((1, 2)).isQuiet)
            // A parent that a CHECK of its own node's would not allow any more.
            try a.psql("alter table singer add check (name <> 'one') not valid")
            for text in ["x", "y"] {
                try a.psql(
                    "insert into letter (id, singer, text) values (99, 1, '\(text)') "
                        + "on conflict (id) do update set text = excluded.text")
                try TestFile(tree, from: 1, for: 2).carry(to: b)
            }
            try expectLevel(tree)
        }
    }

    /// What A takes from B's file it decides by more than is in its own, which is on its way: that one is
    /// refused, and the other is not.
    @Test func ofTwoFilesThatCrossOneIsMadeAgain() throws {
        try withNodes { tree in
            let (a, b) = (tree[1], tree[2])
            try setPolicy(a.connection, table: "singer", policy: "priority", argument: "1,2")
            try tree.syncUntilQuiet()
            try a.psql("update singer set name = 'first' where id = 1")
            let there = try TestFile(tree, from: 1, for: 2)
            try a.psql("update singer set name = 'same' where id = 1")
            try b.psql("update singer set name = 'same' where id = 1")
            let back = try TestFile(tree, from: 2, for: 1)
            let error = try refusal { try there.carry(to: b) }
            #expect(error.description.contains("A may have taken more from B"), "\(error)")
            try back.carry(to: a)
            #expect(throws: ReplicationError.self) { try there.carry(to: b) }
            try TestFile(tree, from: 1, for: 2).carry(to: b)
            try expectLevel(tree)
            #expect(try b.psql("select name from singer where id = 1") == "same\n")
            #expect(try tree.sync((1, 2)).isQuiet)
            // Nor can files carry what both sides have changed in their schemas.
            try a.psql("alter table singer add a int")
            try b.psql("alter table wide add b1 int")
            for (from, to) in [(1, 2), (2, 1)] {
                let file = try TestFile(tree, from: from, for: to)
                let error = try refusal { try file.carry(to: tree[to]) }
                #expect(error.hint?.hasSuffix("refused both ways: sync") == true, "\(error)")
            }
            try tree.syncUntilQuiet()
            try expectLevel(tree)
        }
    }

    /// What is not in the file is not taken for deleted: the row that would give way stays, until a sync.
    @Test func whatAFileDoesNotHaveIsUnknown() throws {
        try withNodes { tree in
            let (a, b) = (tree[1], tree[2])
            try a.psql("update badge set name = 'n' where id = 1")
            try b.psql("insert into badge values (5, 'n')")
            let report = try TestFile(tree, from: 2, for: 1).carry(to: a)
            #expect(report.sync.waiting == 1)
            #expect(try a.psql("select id, name from badge order by 1") == "1|n\n2|y\n")
            // It is asked for again, and is not in this file either.
            try b.psql("update badge set name = 'z' where id = 2")
            try TestFile(tree, from: 2, for: 1).carry(to: a)
            #expect(try a.psql("select count(*) from replication.quarantine") == "1\n")
            try tree.syncUntilQuiet()
            #expect(try a.psql("select id, name from badge order by 1") == "1|x\n2|z\n5|n\n")
            // Code of a table cannot look there either.
            try a.psql(
                """
                create function label(t text) returns text language sql immutable
                    as 'select max(name) from public.badge where name = t';
                create table coded (id int primary key, name text,
                    label text not null generated always as (public.label(name)) stored);
                """)
            try tree.syncUntilQuiet()
            try a.psql("insert into coded values (1, 'x')")
            let coded = try TestFile(tree, from: 1, for: 2)
            let error = try refusal { try coded.carry(to: b) }
            #expect(error.message.contains("rows of table public.coded cannot be unpacked here"))
            try tree.syncUntilQuiet()
            try expectLevel(tree)
        }
    }

    /// Cut off or altered anywhere, for somebody else, or out of the history of the edge.
    @Test func aFileThatDoesNotFitIsRefused() throws {
        try withNodes { tree in
            let (a, b) = (tree[1], tree[2])
            try a.psql("insert into singer values (8, 'eight')")
            let file = try TestFile(tree, from: 1, for: 2)
            let before = try (b.contents(), b.logEntries())
            let bytes = try file.bytes
            let refused = { (file: TestFile, node: TestNode, part: String) in
                let error = try refusal { try file.carry(to: node) }
                #expect(error.description.contains(part), "\(error)")
                #expect(error.hint != nil)
            }
            for length in [0, 5, 20, 300, bytes.count / 2, bytes.count - 40, bytes.count - 1] {
                try refused(
                    TestFile(bytes.prefix(length)), b, length < 14 ? "no file of" : "cut off")
            }
            try refused(TestFile(bytes + [0]), b, "cut off")
            for place in stride(from: 15, to: bytes.count, by: bytes.count / 12) {
                var altered = bytes
                altered[place] ^= 1
                #expect(throws: ReplicationError.self) { try TestFile(altered).carry(to: b) }
            }
            try refused(file, a, "it is for B, node 2")
            try b.psql("update replication.self set identity = gen_random_uuid()")
            try refused(file, b, "for another database of that number")
            try b.psql(
                """
                update replication.self
                set identity = (select identity from replication.member where number = 2)
                """)
            #expect(try (b.contents(), b.logEntries()) == before)
            // A's half of this sync is in the file, and B knows that A has more by now.
            try b.psql("insert into singer values (9, 'nine')")
            var oneWay = SyncOptions()
            oneWay.isOneWay = true
            try tree.sync((2, 1), oneWay)
            let known = try a.psql(
                "select received, received_token from replication.neighbour"
            ).split(separator: "\n")[0].split(separator: "|")
            try b.psql(
                "do $$ begin perform replication.acknowledge(1, '\(known[0])', '\(known[1])'); end $$"
            )
            try refused(file, b, "has taken more from B")
            try TestFile(tree, from: 1, for: 2).carry(to: b)
            try tree.syncUntilQuiet()
            try expectLevel(tree)
        }
    }

    /// A goes back to before it made a file, whose changes live on at B.
    @Test func aNodeThatForgotItsFileIsNoticed() throws {
        try withNodes { tree in
            let (a, b) = (tree[1], tree[2])
            try a.psql("insert into singer values (8, 'eight')")
            let forgotten = try TestFile(tree, from: 1, for: 2)
            try a.psql("delete from replication.file_offer; delete from singer where id = 8")
            let since = try TestFile(tree, from: 1, for: 2)
            try forgotten.carry(to: b)
            for (file, node) in [(since, b), (try TestFile(tree, from: 2, for: 1), a)] {
                let error = try refusal { try file.carry(to: node) }
                #expect(error.description.contains("do not remember the same past"), "\(error)")
            }
            let error = try refusal { try tree.sync((1, 2)) }
            guard case .wentBack(let database, _, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(database == "A")
        }
    }

    @Test func thereAreNoFilesBeforeTheFirstSync() throws {
        try withTree(2, schema: noteTable) { tree in
            let error = try refusal { _ = try TestFile(tree, from: 1, for: 2) }
            #expect(error.description.contains("never been synced"))
            var first = SyncOptions()
            first.isOneWay = true
            try tree.sync((1, 2), first)
            // What has come over the new edge goes back by file, too.
            try tree[2].psql("insert into note values (1, 'b')")
            try TestFile(tree, from: 2, for: 1).carry(to: tree[1])
            try expectLevel(tree)
            #expect(try tree.sync((1, 2)).isQuiet)
        }
    }

    @Test func theSumIsThatOfTheStandard() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        // So many times an a: the standard's million, and where a block is just full, or not quite.
        let cases = [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
            (56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
            (63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"),
            (64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
            (65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"),
            (119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"),
            (1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ].map { (String(repeating: "a", count: $0.0), $0.1) }
        for (text, sum) in cases + [("abc", abc)] {
            var digest = SHA256()
            for piece in Array(text.utf8).chunked(by: 37) { digest.add(piece) }
            #expect(digest.digest().map { String(format: "%02x", $0) }.joined() == sum)
        }
    }
}

extension Array {
    fileprivate func chunked(by size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min(count, $0 + size)] }
    }
}
