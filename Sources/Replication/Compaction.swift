import Postgres

/// Removes what newer entries of a node's logs make needless.
public enum Compaction {
    /// What became of one log.
    public struct Log: Sendable, Hashable {
        /// `schema.table`.
        public let table: String
        /// How many entries it had.
        public let entries: Int
        /// How many of them are gone.
        public let removed: Int
    }

    /// Compacts all logs of a node, each in a transaction of its own, and lets the server use their
    /// places again.
    ///
    /// - Returns: the users' tables, and this schema's own that travel like them.
    /// - Throws: `ReplicationError.edgesInUse` where another agent is on an edge of the node's, or what a
    ///   neighbour has is not known for certain.
    public static func run(_ connection: Connection) throws -> [Log] {
        let node = try Node(connection)
        let rows = try connection.query(
            """
            select r.id, r.relid::text as name
            from replication.relation as r
            order by r.id
            """)
        return try rows.map { row in
            let id = try row.int("id")
            let log: SQL = "replication.log_\(raw: String(id))"
            let counts = try connection.transaction {
                guard
                    try connection.query("select replication.hold_edges() as is_held").first?
                        .bool("is_held") ?? false
                else { throw ReplicationError.edgesInUse(database: node.label) }
                return try connection.queries([
                    "select count(*) as count from \(log)",
                    "select replication.compact(\(id)::int) as count",
                ])
            }
            let removed = try counts[1].first?.int("count") ?? 0
            // By whoever may: for others the server does it in its own time.
            if removed > 0 { try connection.execute("vacuum (analyze) \(log)") }
            return Log(
                table: try row.string("name"), entries: try counts[0].first?.int("count") ?? 0,
                removed: removed)
        }
    }
}
