import Postgres
import Replication
import TestSupport
import Testing

/// A node between two others is gone for good: they go on without it.
@Suite struct DeadNodeTests {
    /// What a node wrote into the rows that are its own: each row is changed on the node that made it alone, so what
    /// that node wrote last must stand everywhere.
    private struct Owner {
        var texts: [Int: String] = [:]
        var deleted: Set<Int> = []
    }

    private let members = "select array_agg(number order by number) from replication.member"

    @Test func itsNeighboursGoOnWithoutIt() throws {
        try withTree(5, schema: itemTable) { tree in
            try tree.syncUntilQuiet()
            var random = SeededGenerator(seed: 7)
            var owners: [Int: Owner] = [:]
            let survivors = [1, 2, 4, 5]
            for step in 0..<60 {
                let number = Int.random(in: 1...5, using: &random)
                if number != 3 || step < 40 {
                    try write(step, on: tree[number], &owners[number, default: Owner()])
                }
                guard let edge = tree.edges.randomElement(using: &random) else { continue }
                if step < 40 || edge != (2, 3) && edge != (3, 4) { try tree.sync(edge) }
            }
            tree[3].connection.close()
            try Edge.forget(3, at: tree[2].connection)
            try Edge.forget(3, at: tree[4].connection)
            let joined = try Edge(tree[2].connection, tree[4].connection)
            try joined.link()
            var options = SyncOptions()
            options.merges = true
            _ = try joined.sync(options)
            for _ in 0..<3 { for edge in [(1, 2), (2, 4), (4, 5)] { try tree.sync(edge) } }
            let contents = try tree[1].contents()
            for number in survivors {
                #expect(try tree[number].contents() == contents, "node \(number)")
                #expect(try tree[number].psql(members) == "{1,2,4,5}\n")
                for (id, text) in owners[number]?.texts ?? [:] {
                    #expect(
                        try tree[1].psql("select text from item where id = \(id)") == text + "\n")
                }
                for id in owners[number]?.deleted ?? [] {
                    #expect(
                        try tree[1].psql("select count(*) from item where id = \(id)") == "0\n")
                }
            }
            #expect(try !owners.isEmpty && joined.sync().isQuiet)
            // Should it come back, it is told to whom it does not belong any more.
            let back = try Connection(tree[3].conninfo, label: "C")
            let error = try refusal { _ = try Edge(tree[2].connection, back).sync() }
            #expect(error == .halfLinked(knows: "C", knowsNot: "B"))
        }
    }

    private func write(_ step: Int, on node: TestNode, _ owner: inout Owner) throws {
        let text = "\(node.letter)\(step)"
        if step.isMultiple(of: 3), let id = owner.texts.keys.max() {
            try node.psql("update item set text = '\(text)' where id = \(id)")
            owner.texts[id] = text
        } else if step.isMultiple(of: 7), let id = owner.texts.keys.min() {
            try node.psql("delete from item where id = \(id)")
            owner.texts[id] = nil
            owner.deleted.insert(id)
        } else {
            let id = 1_000 * node.number + step
            try node.psql("insert into item values (\(id), '\(text)')")
            owner.texts[id] = text
        }
    }
}
