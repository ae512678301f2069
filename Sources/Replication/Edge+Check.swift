import Postgres

/// What is made sure of before a sync changes anything.
extension Edge {
    /// Checks both sides and the edge between them, and puts right what is safe to put right.
    /// Returns a line for each thing mended.
    func check(_ options: SyncOptions) throws -> [String] {
        try checkNeighbours()
        try checkRights()
        let treeA = try Tree(a)
        let treeB = try Tree(b)
        try checkTree(treeA, treeB)
        try Offer.checkOriginal(nodeA, nodeB)
        try Offer.checkOriginal(nodeB, nodeA)
        try Offer.check(source: a, sourceNode: nodeA, target: b, targetNode: nodeB)
        try Offer.check(source: b, sourceNode: nodeB, target: a, targetNode: nodeA)
        let mended = try [a, b].flatMap { try Capture.verify($0, isDryRun: options.isDryRun) }
        try checkShapes()
        return mended
    }

    private func checkNeighbours() throws {
        let knownByA = try Neighbour.all(a, number: nodeB.number).first
        let knownByB = try Neighbour.all(b, number: nodeA.number).first
        switch (knownByA, knownByB) {
        case (nil, nil):
            throw ReplicationError.notNeighbours(nodeA.label, nodeB.label)
        case (.some, nil):
            throw ReplicationError.halfLinked(knows: nodeA.label, knowsNot: nodeB.label)
        case (nil, .some):
            throw ReplicationError.halfLinked(knows: nodeB.label, knowsNot: nodeA.label)
        case (.some(let b), .some(let a)):
            guard b.identity == nodeB.identity else {
                throw ReplicationError.otherNode(database: nodeB.label, expected: b.name)
            }
            guard a.identity == nodeA.identity else {
                throw ReplicationError.otherNode(database: nodeA.label, expected: a.name)
            }
        }
    }

    private func checkRights() throws {
        for connection in [a, b] { try Capture.checkRights(connection) }
    }

    /// Numbers and edges of the whole tree, as both sides know it together. Of a cycle that was
    /// closed by edges made apart, the youngest edge is refused; the others go on.
    private func checkTree(_ treeA: Tree, _ treeB: Tree) throws {
        if let (here, there) = treeA.clash(with: treeB) {
            throw ReplicationError.numberTaken(
                number: here.number, here: "\(here.name) (known to \(nodeA.label))",
                there: "\(there.name) (known to \(nodeB.label))")
        }
        let tree = treeA.union(treeB)
        let low = min(nodeA.number, nodeB.number)
        let high = max(nodeA.number, nodeB.number)
        guard let edge = tree.edges.first(where: { $0.low == low && $0.high == high }),
            let cycle = tree.cycle(closedBy: edge)
        else { return }
        throw ReplicationError.cycle(
            nodeA.label, nodeB.label, path: cycle.map(tree.name).joined(separator: " - "),
            isNew: false)
    }

    /// Tables, keys, columns and types must be the same on both sides.
    func checkShapes() throws {
        let digests = try [a, b].map {
            try $0.query("select replication.shape_digest() as digest").first?
                .optionalString("digest")
        }
        guard digests[0] != digests[1] else { return }
        let differences = Shape.differences(
            try Shape.all(a), nodeA.label, try Shape.all(b), nodeB.label)
        throw ReplicationError.schemasDiffer(nodeA.label, nodeB.label, differences: differences)
    }
}
