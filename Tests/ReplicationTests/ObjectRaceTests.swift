import Postgres
import Replication
import TestSupport
import Testing

/// Users who write large objects while a direction is under way.
@Suite struct ObjectRaceTests {
    private static let schema = "create table doc (id int primary key, title text, lo oid)"
    private static let rows = """
        insert into doc
        select i, 'title', lo_from_bytea(0, 'as it was') from generate_series(1, 3) as i
        """

    /// Syncs A and B; a user does something on B as soon as rows are being applied there.
    private func sync(
        _ tree: TestTree, _ options: SyncOptions = SyncOptions(), meanwhile: String
    ) throws -> Edge.Report {
        var isDone = false
        return try tree.edge((1, 2)).sync(options) { progress in
            guard case .applying("public.doc") = progress, !isDone else { return }
            isDone = true
            #expect(throws: Never.self) { try tree[2].psql(meanwhile) }
        }
    }

    /// The sums were made before it: they say that nothing needs to be sent.
    @Test(arguments: ["update doc set title = 'A' where id = 1", "update doc set id = id"])
    func aWriteBehindTheLookIsSeen(onA: String) throws {
        try withLevelPair(Self.schema, Self.rows) { tree in
            try tree[1].psql("select replication.set_policy('doc', 'priority', '1,2')")
            try tree.syncUntilQuiet()
            try tree[1].psql(onA)
            let report = try sync(
                tree,
                meanwhile: """
                    begin; select lo_put(lo, 0, 'user') from doc where id = 1;
                    update doc set title = title where id = 1; commit
                    """)
            #expect(report.directions[0].retries == 1)
            try tree.expectEqual(
                "as it was\n", "select convert_from(lo_get(lo), 'utf8') from doc where id = 1")
            let kept = "select convert_from(lo_get(lo), 'utf8') from replication.kept_object"
            #expect(try tree[2].psql(kept) == "usert was\n")
            #expect(try tree.nodes.map { try $0.orphans() } == [[], []])
        }
    }

    /// A row that names the object of one that is being deleted, and is not committed yet.
    @Test func anObjectThatSomebodyIsAboutToNameStays() throws {
        try withLevelPair(Self.schema, Self.rows) { tree in
            try tree[1].psql(
                "select lo_unlink(lo) from doc where id = 1; delete from doc where id = 1")
            let user = try tree[2].session()
            try user.script("begin; insert into doc select 9, 'same', lo from doc where id = 1")
            try tree.sync((1, 2))
            try user.script("commit")
            try tree.expectEqual(
                "as it was\n", "select convert_from(lo_get(lo), 'utf8') from doc where id = 9")
            #expect(try tree[2].psql("select count(*) from replication.loose_object") == "0\n")
            #expect(try tree.nodes.map { try $0.orphans() } == [[], []])
        }
    }

    /// The same where nobody names it in the end: it goes with the next sync.
    @Test func whatNobodyNamesInTheEndGoes() throws {
        try withLevelPair(Self.schema, Self.rows) { tree in
            try tree[1].psql(
                "select lo_unlink(lo) from doc where id = 1; delete from doc where id = 1")
            let user = try tree[2].session()
            try user.script("begin; update doc set title = 'held' where id = 2")
            try tree.sync((1, 2))
            #expect(try tree[2].orphans().count == 1)
            try user.script("commit")
            try tree.syncUntilQuiet()
            #expect(try tree.nodes.map { try $0.orphans() } == [[], []])
            #expect(try tree[2].psql("select count(*) from replication.loose_object") == "0\n")
        }
    }

    /// Users write objects and their rows on both sides, while syncs follow each other.
    @Test func nothingOfManyWritersIsLost() throws {
        try withLevelPair(Self.schema, Self.rows) { tree in
            try tree.syncUntilQuiet()
            for round in 1...6 {
                for node in tree.nodes {
                    try node.psql(
                        """
                        select lo_put(lo, \(20 * round), '\(node.letter)\(round)')
                        from doc where id = \(1 + round % 3);
                        update doc set title = '\(node.letter)\(round)' where id = \(1 + round % 3)
                        """)
                }
                _ = try sync(
                    tree,
                    meanwhile: """
                        begin; select lo_put(lo, 300, 'late \(round)') from doc where id = 2;
                        update doc set title = title where id = 2; commit
                        """)
            }
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree.nodes.map { try $0.orphans() } == [[], []])
        }
    }
}
