import Postgres

extension Edge {
    /// Makes the two databases neighbours. Run again, it finishes what was interrupted.
    ///
    /// - Parameters:
    ///   - serviceA: the service name of A, if it has one; B keeps it, so that `sync B` finds A.
    ///   - serviceB: the same of B.
    /// - Throws: `ReplicationError` where the two are one, a number is taken, the tables differ, or
    ///   the edge would close a cycle.
    public func link(serviceA: String? = nil, serviceB: String? = nil) throws {
        try withLock { _ in
            try nodeA.checkOriginal(before: nodeB.label)
            try nodeB.checkOriginal(before: nodeA.label)
            try Neighbour.all(a, number: nodeB.number).first?.check(is: nodeB, knownTo: nodeA)
            try Neighbour.all(b, number: nodeA.number).first?.check(is: nodeA, knownTo: nodeB)
            let edge = try checkNewEdge()
            for connection in [a, b] { _ = try Capture.verify(connection, isDryRun: false) }
            _ = try checkShapes()
            try ObjectColumn.adopt(from: b, to: a)
            try ObjectColumn.adopt(from: a, to: b)
            try forgetOldHalf()
            try add(nodeB, to: a, service: serviceB, edge: edge)
            try add(nodeA, to: b, service: serviceA, edge: edge)
        }
    }

    /// Where one side has ended the edge alone, the other still has its half of it: watermarks and
    /// tokens that mean nothing to the first any more. It forgets them, as both ends of an edge must
    /// begin together.
    private func forgetOldHalf() throws {
        for (side, other, here, there) in [(a, b, nodeA, nodeB), (b, a, nodeB, nodeA)] {
            guard try !Neighbour.all(side, number: there.number).isEmpty,
                try Neighbour.all(other, number: here.number).isEmpty
            else { continue }
            try side.execute(
                """
                select replication.meet_again(\(there.number)::int, \(there.name),
                    \(there.identity)::uuid)
                """)
        }
    }

    /// The id and time of the edge: those that one side knows already, or new ones.
    private func checkNewEdge() throws -> (id: String, madeAt: String) {
        let treeA = try Tree(a)
        let treeB = try Tree(b)
        try checkNumbers(treeA, treeB)
        let tree = treeA.union(treeB)
        let low = min(nodeA.number, nodeB.number)
        let high = max(nodeA.number, nodeB.number)
        let present = tree.edges.first { $0.low == low && $0.high == high }
        if let path = tree.path(from: nodeA.number, to: nodeB.number, without: present) {
            let way = path + [nodeA.number]
            throw ReplicationError.cycle(
                nodeA.label, nodeB.label, path: way.map(tree.name).joined(separator: " - "),
                isNew: present == nil)
        }
        if let present { return (present.id, present.madeAt) }
        let made = try a.query(
            """
            select gen_random_uuid() as id,
                to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS.US') as made_at
            """)
        guard let row = made.first else {
            throw ReplicationError.notInstalled(database: nodeA.label)
        }
        return (try row.string("id"), try row.string("made_at"))
    }

    private func add(
        _ node: Node, to connection: Connection, service: String?,
        edge: (id: String, madeAt: String)
    ) throws {
        try connection.execute(
            """
            select replication.add_neighbour(\(node.number)::int, \(node.name), \(node.identity)::uuid,
                \(service)::text, \(edge.id)::uuid, \(edge.madeAt)::timestamp at time zone 'UTC')
            """)
    }

    /// Ends the edge on both sides.
    public func unlink() throws {
        // A copy of a node must not end an edge of its original's.
        try nodeA.checkOriginal(before: nodeB.label)
        try nodeB.checkOriginal(before: nodeA.label)
        let (ofA, ofB) = try acquaintance()
        guard ofA || ofB else {
            throw ReplicationError.notNeighbours(nodeA.label, nodeB.label)
        }
        try withLock { _ in
            if ofA { try Self.removeNeighbour(nodeB.number, at: a) }
            if ofB { try Self.removeNeighbour(nodeA.number, at: b) }
        }
    }

    /// Whether either side knows the other one: a node of another tree may have a neighbour's number.
    public func acquaintance() throws -> (ofA: Bool, ofB: Bool) {
        let ofA = try Neighbour.all(a, number: nodeB.number).first
        let ofB = try Neighbour.all(b, number: nodeA.number).first
        // A node that went back in time has another identity until its neighbours have heard so.
        return (
            ofA.map { [nodeB.identity, ofB?.knownAs].contains($0.identity) } ?? false,
            ofB.map { [nodeA.identity, ofA?.knownAs].contains($0.identity) } ?? false
        )
    }

    /// Ends the edge to a neighbour on one side only: for a neighbour that is no more.
    ///
    /// - Throws: `ReplicationError.noNeighbour` where no neighbour has the number.
    public static func forget(_ number: Int, at connection: Connection) throws {
        let node = try Node(connection)
        guard try Neighbour.all(connection, number: number).first != nil else {
            throw ReplicationError.noNeighbour(database: node.label, number: number)
        }
        try removeNeighbour(number, at: connection)
    }

    private static func removeNeighbour(_ number: Int, at connection: Connection) throws {
        try connection.execute("select replication.remove_neighbour(\(number)::int)")
    }
}
