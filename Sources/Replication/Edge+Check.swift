import Postgres

/// What is made sure of before a sync changes anything.
extension Edge {
    /// Checks both sides and the edge between them, and puts right what is safe to put right.
    /// Returns a line for each thing mended.
    func check(_ options: SyncOptions) throws -> [String] {
        try nodeA.checkOriginal(before: nodeB.label)
        try nodeB.checkOriginal(before: nodeA.label)
        try checkNeighbours(options)
        for connection in [a, b] { try Rights.check(connection) }
        let treeA = try Tree(a)
        let treeB = try Tree(b)
        try checkTree(treeA, treeB)
        try Offer.check(self)
        try checkFilters()
        return try [a, b].flatMap { try Capture.verify($0, isDryRun: options.isDryRun) }
    }

    /// A table that is new on one side, where the other has had it for long, was dropped and made
    /// again: the other side's rows, which went over long ago, are logged once more.
    func sendToNewTables() throws {
        let newAtA = try newTables(at: a, neighbour: nodeB.number, seenBy: b, nodeA.number)
        let newAtB = try newTables(at: b, neighbour: nodeA.number, seenBy: a, nodeB.number)
        // A node learns of it from the file that comes back.
        if standIn == nil { try logAll(newAtB.subtracting(newAtA), at: a) }
        try logAll(newAtA.subtracting(newAtB), at: b)
    }

    /// The tables that were attached since the other side last applied this side's log.
    private func newTables(
        at side: Connection, neighbour: Int, seenBy other: Connection, _ number: Int
    ) throws -> Set<String> {
        let here = try Neighbour.all(side, number: neighbour).first
        let there = try Neighbour.all(other, number: number).first
        guard let watermark = there?.received ?? here?.wayBack else { return [] }
        let rows = try side.query(
            """
            select r.relid::text as name
            from replication.relation as r
            where \(watermark.unseen("r"))
            """)
        return Set(try rows.map { try $0.string("name") })
    }

    private func logAll(_ tables: Set<String>, at side: Connection) throws {
        for table in tables.sorted() {
            try side.execute(
                """
                select replication.log_all(r.id)
                from replication.relation as r
                where r.relid = to_regclass(\(table))
                """)
        }
    }

    func checkNeighbours(_ options: SyncOptions) throws {
        let knownByA = try Neighbour.all(a, number: nodeB.number).first
        let knownByB = try Neighbour.all(b, number: nodeA.number).first
        if !options.isRejoin {
            try knownByA?.checkJoined(nodeA, nodeB)
            try knownByB?.checkJoined(nodeB, nodeA)
        }
        try knownByA?.check(is: nodeB, knownTo: nodeA)
        try knownByB?.check(is: nodeA, knownTo: nodeB)
        switch (knownByA == nil, knownByB == nil) {
        case (true, true):
            throw ReplicationError.notNeighbours(nodeA.label, nodeB.label)
        case (false, true):
            throw ReplicationError.halfLinked(knows: nodeA.label, knowsNot: nodeB.label)
        case (true, false):
            throw ReplicationError.halfLinked(knows: nodeB.label, knowsNot: nodeA.label)
        case (false, false):
            break
        }
    }

    /// Numbers and edges of the whole tree, as both sides know it together. Of a cycle that was
    /// closed by edges made apart, the youngest edge is refused; the others go on.
    func checkTree(_ treeA: Tree, _ treeB: Tree) throws {
        try checkNumbers(treeA, treeB)
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

    /// Refuses two nodes with one number, one on each side of the edge. What a side believes of the
    /// other one may be out of date: a node there may have been made anew since.
    func checkNumbers(_ treeA: Tree, _ treeB: Tree) throws {
        let sideA = treeA.side(of: nodeA.number, awayFrom: nodeB.number)
        let sideB = treeB.side(of: nodeB.number, awayFrom: nodeA.number)
        if let (here, there) = sideA.clash(with: sideB) {
            throw ReplicationError.numberTaken(
                number: here.number, here: "\(here.name) (known to \(nodeA.label))",
                there: "\(there.name) (known to \(nodeB.label))")
        }
    }

    /// Tables, keys, columns and types must be the same on both sides. Returns the differences that
    /// can be tolerated, in words.
    func checkShapes() throws -> [String] {
        try Shape.check(a, b).map(\.warning)
    }
}
