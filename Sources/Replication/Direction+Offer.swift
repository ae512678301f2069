import Postgres

/// How a node that went back in time is noticed: tokens that the source offers and the target keeps.
enum Offer {
    /// Refuses an edge whose two ends do not remember the same past.
    static func check(_ edge: Edge) throws {
        if let why = try reasonAgainst(edge.a, edge.nodeA, with: edge.b, edge.nodeB) {
            throw ReplicationError.wentBack(
                database: edge.nodeA.label, neighbour: edge.nodeB.label, why: why)
        }
        if let why = try reasonAgainst(edge.b, edge.nodeB, with: edge.a, edge.nodeA) {
            throw ReplicationError.wentBack(
                database: edge.nodeB.label, neighbour: edge.nodeA.label, why: why)
        }
    }

    /// By what a node shows that it went back in time; nil where it does not.
    ///
    /// As a source it keeps the token last seen at its neighbour and the one last offered; a token
    /// there that is neither was offered in a time that the node has forgotten, if the watermark
    /// that came with it is beyond the last offer that it remembers. As a target it holds the token
    /// that the neighbour, as a source, has last seen here or last offered, else it is the one that
    /// forgot. A crash between the two commits of a direction leaves one of the two, and is no alarm.
    static func reasonAgainst(
        _ side: Connection, _ node: Node, with other: Connection, _ otherNode: Node
    ) throws -> String? {
        let given = try Meeting(source: side, node, target: other, otherNode)
        if !given.isInOrder, given.hasSourceForgotten {
            return "\(otherNode.name) has changes of \(node.name) that \(node.name) has lost"
        }
        let taken = try Meeting(source: other, otherNode, target: side, node)
        if !taken.isInOrder, !taken.hasSourceForgotten {
            return "\(node.name) has lost changes that it had from \(otherNode.name)"
        }
        return nil
    }

    /// The two ends of one direction.
    private struct Meeting {
        /// Whether the target's token is one that the source knows.
        let isInOrder: Bool
        /// Where it is not: whether the source, and not the target, is the one that forgot.
        let hasSourceForgotten: Bool

        init(source: Connection, _ sourceNode: Node, target: Connection, _ targetNode: Node) throws
        {
            let there = try Neighbour.all(target, number: sourceNode.number).first
            let offer = try source.query(
                """
                select seen, offered, xid
                from replication.offer
                where neighbour = \(targetNode.number)
                """
            ).first
            let token = there?.receivedToken
            let files = try source.query(
                """
                select token
                from replication.file_offer
                where neighbour = \(targetNode.number)
                """)
            let known =
                [try offer?.optionalString("seen"), try offer?.optionalString("offered")]
                + (try files.map { try $0.optionalString("token") })
            isInOrder = offer == nil ? token == nil : known.contains(token)
            if let offer, let received = there?.received {
                hasSourceForgotten = try received.next > offer.int64("xid")
            } else {
                hasSourceForgotten = offer == nil
            }
        }
    }
}

extension Direction {
    /// Offers the source's state under a fresh token, durably, before the target commits that it has
    /// it. The source's snapshot is older than this: whatever is in it was committed before.
    ///
    /// Ends the source's transaction before, which has nothing to lose.
    ///
    /// - Parameters:
    ///   - there: what the target knows of the source: the token that it holds.
    ///   - newest: the time of the newest change that was sent. What the source does from now on is
    ///     later, also if its clock was set back meanwhile.
    /// - Returns: the token.
    func offer(seen there: Neighbour, newest: String?) throws -> String? {
        // The source has made it before the file was whole.
        if let standIn { return standIn.header.token }
        let made = try source.queries([
            "commit", "begin", "set local synchronous_commit = on",
            """
            select replication.make_offer(\(targetNode.number)::int, \(there.receivedToken)::uuid,
                \(newest)::timestamptz) as token
            """,
            "commit",
        ])
        return try made[3].first?.optionalString("token")
    }
}
