import Postgres

/// How a node that went back in time is noticed: tokens that the source offers and the target keeps.
enum Offer {
    /// Refuses a direction whose two ends do not remember the same past.
    ///
    /// The source keeps the token last seen at the target and the one last offered; a token at the
    /// target that is neither shows that one of them was restored, copied or lost transactions. A
    /// crash between the two commits of a direction leaves one of the two, and is no alarm.
    static func check(
        source: Connection, sourceNode: Node, target: Connection, targetNode: Node
    ) throws {
        let stored = try target.query(
            """
            select received_token
            from replication.neighbour
            where number = \(sourceNode.number)
            """)
        let token = try stored.first?.optionalString("received_token")
        let offers = try source.query(
            "select seen, offered from replication.offer where neighbour = \(targetNode.number)")
        let offer = offers.first
        let known = [try offer?.optionalString("seen"), try offer?.optionalString("offered")]
        let isKnown = offer == nil ? token == nil : known.contains(token)
        guard !isKnown else { return }
        throw ReplicationError.wentBack(
            database: sourceNode.label, neighbour: targetNode.label,
            why: "\(targetNode.name) holds a mark that \(sourceNode.name) did not make")
    }

    /// Refuses a database that is a copy of another, or came out of a dump.
    static func checkOriginal(_ node: Node, _ other: Node) throws {
        guard !node.isOriginal else { return }
        throw ReplicationError.wentBack(
            database: node.label, neighbour: other.label,
            why: "\(node.name) is a copy of another database, or was restored from a dump")
    }
}

extension Direction {
    /// Offers the source's state under a fresh token, durably, before the target commits that it has
    /// it. The source's snapshot is older than this: whatever is in it was committed before.
    func offer() throws {
        let stored = try target.query(
            """
            select received_token
            from replication.neighbour
            where number = \(sourceNode.number)
            """)
        let seen = try stored.first?.optionalString("received_token")
        let token = try source.transaction {
            try source.execute("set local synchronous_commit = on")
            let made = try source.query(
                """
                select replication.make_offer(\(targetNode.number)::int, \(seen)::uuid) as token
                """)
            return try made.first?.optionalString("token")
        }
        try target.execute(
            """
            update replication.neighbour
            set received_token = \(token)::uuid
            where number = \(sourceNode.number)
            """)
    }
}
