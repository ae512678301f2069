import Postgres
import Replication
import TestSupport
import Testing

/// Pruning the history of one node.
@Suite struct PruneTests {
    /// Makes a conflict between A and B.
    private func conflict(_ tree: TestTree, _ id: Int) throws {
        try tree[1].psql("insert into note values (\(id), 'of A')")
        try tree[2].psql("insert into note values (\(id), 'of B')")
    }

    private func counts(_ tree: TestTree) throws -> [Int] {
        try tree.nodes.map { try Conflict.all($0.connection).count }
    }

    private func prune(_ node: TestNode, _ age: String = "0") throws -> [Int] {
        let counts = try Conflict.prune(node.connection, olderThan: age)
        return [counts.pruned, counts.kept]
    }

    @Test func itIsLocalAndGoesByAge() throws {
        try withTree(3, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try conflict(tree, 1)
            try conflict(tree, 2)
            try tree.syncUntilQuiet()
            #expect(try counts(tree) == [2, 2, 2])
            try tree[2].psql(
                """
                set session_replication_role = replica;
                update replication.conflict set decided_at = decided_at - interval '3 days'
                where key ->> 'id' = '1'
                """)
            #expect(try prune(tree[2], "4d") == [0, 0])
            #expect(try prune(tree[2], "36h") == [1, 0])
            #expect(try prune(tree[2], "36h") == [0, 0])
            let logged = "select count(*) from replication.log where action = 'D'"
            #expect(try tree[2].psql(logged) == "0\n")
            for edge in tree.edges { #expect(try tree.sync(edge).isQuiet) }
            #expect(try counts(tree) == [2, 1, 2])
            #expect(try Conflict.all(tree[2].connection).map(\.key) == ["{\"id\":2}"])
        }
    }

    @Test func whatANeighbourHasStillToBeToldOfStays() throws {
        try withTree(3, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try conflict(tree, 1)
            // C is away.
            try tree.sync((1, 2))
            #expect(try counts(tree) == [1, 1, 0])
            #expect(try prune(tree[2]) == [0, 1])
            #expect(try counts(tree) == [1, 1, 0])
            try tree.syncUntilQuiet()
            #expect(try counts(tree) == [1, 1, 1])
            #expect(try prune(tree[2]) == [1, 0])
            try tree.syncUntilQuiet()
            #expect(try counts(tree) == [1, 0, 1])
        }
    }

    @Test func itDoesNotComeBackOverANewEdgeNorDeleteAnything() throws {
        try withTree(4, edges: [(1, 2), (2, 3)], schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try conflict(tree, 1)
            try tree.syncUntilQuiet()
            #expect(try prune(tree[2]) == [1, 0])
            // Everything is sent anew, and every logged delete.
            try tree.edge((1, 2)).unlink()
            try tree.edge((1, 2)).link()
            try tree.syncUntilQuiet()
            #expect(try counts(tree) == [1, 0, 1, 0])
            // As where its table was made again.
            try tree[1].psql(
                """
                select replication.log_all(id)
                from replication.relation
                where relid = 'replication.conflict'::regclass
                """)
            try tree.syncUntilQuiet()
            #expect(try counts(tree) == [1, 0, 1, 0])
            // A new node at each side of B learns what its neighbour has.
            try tree.edge((1, 4)).link()
            try tree.sync((1, 4))
            try tree.syncUntilQuiet()
            #expect(try counts(tree) == [1, 0, 1, 1])
            try tree[3].psql("insert into note values (9, 'still replicated')")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select text from note where id = 9") == "still replicated\n")
        }
    }

    @Test func aDirectionUnderWayIsWaitedFor() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try conflict(tree, 1)
            try tree.syncUntilQuiet()
            let agent = try Connection(tree[1].conninfo, label: "A")
            try agent.script(
                "begin; select from replication.neighbour where number = 2 for update")
            let conninfo = tree[1].conninfo
            let waiting = ThreadResult()
            waiting.run {
                "\(try Conflict.prune(try Connection(conninfo), olderThan: "0").pruned)"
            }
            _ = try tree[1].waitForBlockedAgent()
            #expect(try counts(tree) == [1, 1])
            try agent.script("commit")
            #expect(try waiting.wait() == "1")
        }
    }

    @Test func agesThatAreNoneAreRefused() throws {
        try withTree(1, schema: noteTable) { tree in
            let error = try refusal { _ = try prune(tree[1], "30 dogs") }
            #expect(error == .unreadable(database: "A", text: "30 dogs", what: "age"))
            let bare = try refusal { _ = try prune(tree[1], "30") }
            #expect(bare.hint?.contains("30d") == true)
            #expect(throws: PostgresError.self) { _ = try prune(tree[1], "-1d") }
            let time = try refusal { _ = try Conflict.all(tree[1].connection, since: "soon") }
            #expect(time.hint?.contains("yesterday") == true)
        }
    }
}
