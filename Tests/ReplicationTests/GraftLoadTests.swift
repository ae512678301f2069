import Postgres
import Replication
import TestSupport
import Testing

/// The middle one of five nodes dies while all of them work.
@Suite struct GraftLoadTests {
    /// Each change of a shared row adds a word of its own, so that the row tells what its writer had seen.
    private struct Words {
        var written: Set<String> = []
        var next = 0

        mutating func take(_ node: TestNode) -> String {
            next += 1
            return "\(node.letter)\(next)"
        }
    }

    private let edges = [(1, 2), (2, 3), (3, 4), (4, 5)]
    private let survivors = [1, 2, 4, 5]

    @Test(arguments: [3, 8]) func nothingOfTheSurvivorsIsLost(seed: UInt64) throws {
        let servers = [try ThrowawayCluster(), try ThrowawayCluster()]
        defer { for server in servers { try? server.remove() } }
        let (alive, doomed) = (servers[0], servers[1])
        let tree = try TestTree(
            5, edges: edges, servers: [alive, alive, doomed, alive, alive])
        for node in tree.nodes { try node.psql(itemTable) }
        try tree.install()
        var random = SeededGenerator(seed: seed)
        var words = Words()
        try tree[1].psql("insert into item select n, '' from generate_series(1, 12) as n")
        try tree.syncUntilQuiet()
        for _ in 0..<90 { try step(tree, Array(1...5), edges, &words, &random) }
        // As by kill -9, with whatever it has told nobody.
        try doomed.stop(immediate: true)
        let left = edges.filter { $0.0 != 3 && $0.1 != 3 }
        for _ in 0..<30 { try step(tree, survivors, left, &words, &random) }
        let report = try Graft.run(tree[2].connection, tree[4].connection)
        #expect(report.reasons.isEmpty, "\(report.reasons)")
        let joined = left + [(2, 4)]
        for _ in 0..<20 { try step(tree, survivors, joined, &words, &random) }
        for _ in 0..<4 { for edge in joined { try tree.sync(edge) } }
        for number in survivors {
            #expect(try tree[number].contents() == tree[1].contents(), "node \(number)")
        }
        try check(tree[1], words)
        for node in tree.nodes { node.connection.close() }
    }

    private func step(
        _ tree: TestTree, _ numbers: [Int], _ edges: [(Int, Int)], _ words: inout Words,
        _ random: inout SeededGenerator
    ) throws {
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let node = tree[numbers.randomElement(using: &random) ?? 1]
            let word = words.take(node)
            let id = Int.random(in: 1...12, using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                let own = 1_000 * node.number + words.next
                try node.psql("insert into item values (\(own), ' \(word)')")
            } else {
                try node.psql("update item set text = text || ' \(word)' where id = \(id)")
            }
            // What the dead one wrote may be lost with it.
            if node.number != 3 { words.written.insert(word) }
        }
        guard let edge = edges.randomElement(using: &random) else { return }
        try tree.sync(edge)
    }

    /// Each word stands in a row, or in a version that lost; and no version lost to one that it had seen.
    private func check(_ node: TestNode, _ words: Words) throws {
        let rows = try node.psql("select text from item")
        let history = try node.psql(
            "select coalesce(winner ->> 'text', ''), loser ->> 'text' from replication.conflict")
        let kept = Set((rows + history).split { " |\n".contains($0) }.map(String.init))
        #expect(words.written.subtracting(kept).isEmpty)
        for line in history.split(separator: "\n") {
            let sides = line.split(separator: "|").map { Set($0.split(separator: " ")) }
            #expect(
                sides.count == 2 && !sides[1].isSubset(of: sides[0])
                    && !sides[0].isSubset(of: sides[1]), "\(line)")
        }
    }
}
