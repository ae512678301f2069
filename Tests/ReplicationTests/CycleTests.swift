import Replication
import TestSupport
import Testing

/// Nodes form a tree: an edge that closes a cycle is refused when it is made, or by the first sync
/// that can know of it.
@Suite struct CycleTests {
    @Test func isRefusedWithThreeNodesBeforeAnySync() throws {
        try withTree(3) { tree in
            let error = try refusal { try tree.edge((1, 3)).link() }
            #expect(error == .cycle("A", "C", path: "A - B - C - A", isNew: true))
            #expect(error.hint?.contains("tree") == true)
            #expect(try tree[1].status().neighbours.map(\.number) == [2])
        }
    }

    /// The ends of the edge have only ever talked to their neighbours.
    @Test func isRefusedWithFiveNodesOnceTheyKnowOfEachOther() throws {
        try withTree(5) { tree in
            try tree.syncUntilQuiet()
            let error = try refusal { try tree.edge((5, 1)).link() }
            #expect(error == .cycle("E", "A", path: "E - D - C - B - A - E", isNew: true))
            #expect(try tree[1].status().edges == [[1, 2], [2, 3], [3, 4], [4, 5]])
        }
    }

    /// A - B and C - D, then B - C and D - A, with no sync between: no end of the last edge can know
    /// of the one before it.
    @Test func theYoungestEdgeOfACycleMadeApartIsRefusedLater() throws {
        let edges = [(1, 2), (3, 4), (2, 3), (4, 1)]
        try withTree(4, edges: edges, schema: noteTable) { tree in
            for node in tree.nodes {
                try node.psql("insert into note values (\(node.number), '\(node.letter)')")
            }
            var refused: Set<Int> = []
            for _ in 0..<3 {
                for (index, edge) in edges.enumerated() {
                    do {
                        try tree.sync(edge)
                    } catch let error as ReplicationError {
                        guard case .cycle(_, _, _, isNew: false) = error else { throw error }
                        #expect(error.hint?.contains("trompe unlink D A") == true)
                        #expect(error.exitStatus == 1)
                        refused.insert(index)
                    }
                }
            }
            #expect(refused == [3])
            try tree.edge((4, 1)).unlink()
            let rest = Array(edges.dropLast())
            for node in tree.nodes {
                try node.psql(
                    """
                    insert into note values (\(10 + node.number), '\(node.letter)');
                    update note set text = text || '!' where id = \(node.number);
                    """)
            }
            for _ in 0..<3 { for edge in rest { try tree.sync(edge) } }
            let quiet = try rest.map { try tree.sync($0).isQuiet }
            #expect(quiet == [true, true, true])
            let contents = try tree[1].contents()
            for node in tree.nodes { #expect(try node.contents() == contents) }
            #expect(try tree[1].psql("select count(*) from note") == "8\n")
            #expect(try tree[4].status().edges == [[1, 2], [2, 3], [3, 4]])
        }
    }
}
