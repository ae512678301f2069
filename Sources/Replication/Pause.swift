import Postgres

/// A pause: what a person has decided about an edge, or about all edges of a node.
public struct Pause: Sendable, Hashable {
    /// All edges of the node, and not one of them.
    public let isOfNode: Bool
    /// As text in UTC.
    public let since: String
    /// What the person said.
    public let reason: String?

    /// In words, where `database` is the one that it is noted in.
    func inWords(_ database: String) -> String {
        "\(isOfNode ? "node \(database) is" : "the edge is") paused since \(since) UTC"
            + (reason.map { " (\($0))" } ?? "")
    }

    /// What `init` reads, in a query about `replication.neighbour`, which has the alias there: so a sync
    /// learns of it in the same breath as of the neighbour.
    static func columns(_ alias: SQL) -> SQL {
        """
        \(column("to_char(p.since, 'YYYY-MM-DD HH24:MI:SS')", "paused_since", alias)),
            \(column("p.reason", "paused_reason", alias)),
            \(column("p.neighbour = 0", "paused_of_node", alias))
        """
    }

    private static func column(_ value: SQL, _ name: SQL, _ alias: SQL) -> SQL {
        """
        (
                select \(value)
                from replication.pause as p
                where p.neighbour in (0, \(alias).number)
                order by p.neighbour
                limit 1
            ) as \(name)
        """
    }

    init?(_ row: Row) throws {
        guard let since = try row.optionalString("paused_since") else { return nil }
        self.since = since
        reason = try row.optionalString("paused_reason")
        isOfNode = try row.optionalBool("paused_of_node") ?? false
    }

    /// Pauses a node, or its edge to one neighbour. What is under way goes on to its end.
    ///
    /// - Parameters:
    ///   - neighbour: the number of the neighbour; nil for all.
    ///   - reason: why, for whoever comes upon it.
    /// - Throws: `ReplicationError.noNeighbour`.
    public static func begin(
        _ connection: Connection, neighbour: Int? = nil, reason: String? = nil
    ) throws {
        try check(connection, neighbour)
        try connection.execute(
            "select replication.pause(\(neighbour ?? 0)::int, \(reason)::text)")
    }

    /// Ends a pause.
    ///
    /// - Returns: whether there was one.
    public static func end(_ connection: Connection, neighbour: Int? = nil) throws -> Bool {
        try check(connection, neighbour)
        return try connection.query(
            "select replication.resume(\(neighbour ?? 0)::int) as was_paused"
        ).first?.bool("was_paused") ?? false
    }

    /// What is paused at a node, and how to end that, a line each.
    public static func others(
        _ connection: Connection
    ) throws -> [(isOfNode: Bool, line: String)] {
        let paused = try connection.query(
            """
            select p.neighbour, coalesce(n.name, '') as name
            from replication.pause as p
                left join replication.neighbour as n on n.number = p.neighbour
            order by 1
            """)
        return try paused.map { row in
            let number = try row.int("neighbour")
            let resume = "to go on: trompe resume \(connection.label)"
            return number == 0
                ? (true, "all edges of the node are paused; \(resume)")
                : (
                    false,
                    "the edge to \(try row.string("name")) is paused; \(resume) --node \(number)"
                )
        }
    }

    private static func check(_ connection: Connection, _ neighbour: Int?) throws {
        let node = try Node(connection)
        guard let neighbour else { return }
        guard try Neighbour.all(connection, number: neighbour).first != nil else {
            throw ReplicationError.noNeighbour(database: node.label, number: neighbour)
        }
    }
}

extension Edge {
    /// Refuses an edge that is paused on either side, as a glance has found, or as it stands now.
    func checkNotPaused(_ glance: Glance? = nil) throws {
        let ofA = try glance?.a?.neighbour ?? Neighbour.all(a, number: nodeB.number).first
        let ofB = try glance?.b?.neighbour ?? Neighbour.all(b, number: nodeA.number).first
        if let pause = ofA?.pause {
            throw ReplicationError.paused(
                database: nodeA.label, neighbour: nodeB.label, pause: pause)
        }
        if let pause = ofB?.pause {
            throw ReplicationError.paused(
                database: nodeB.label, neighbour: nodeA.label, pause: pause)
        }
    }
}
