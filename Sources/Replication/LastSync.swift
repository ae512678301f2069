import Postgres

/// When a node last heard of one of its neighbours, for the message about one that cannot be
/// reached.
public struct LastSync: Sendable, Hashable {
    /// A time, in the forms that people and programs want.
    public struct Moment: Sendable, Hashable {
        /// As text in UTC.
        public let text: String
        /// Seconds since 1970.
        public let epoch: Double
        /// How long ago that is, in seconds, by the clock of the node that said so.
        public let secondsAgo: Int
    }

    /// The neighbour's name.
    public let name: String
    /// How an agent reaches it, where that is a service name.
    public let service: String?
    /// When, as text in UTC; nil if never.
    public let at: String?
    /// How long ago that is; 0 if never.
    public let secondsAgo: Int

    /// Those of all neighbours of a node.
    public static func all(_ connection: Connection) throws -> [LastSync] {
        try connection.query(
            """
            select name, service, to_char(last_sync, 'YYYY-MM-DD HH24:MI:SS') as at,
                extract(epoch from clock_timestamp() - last_sync)::bigint as seconds
            from replication.neighbour
            order by number
            """
        ).map { row in
            LastSync(
                name: try row.string("name"), service: try row.optionalString("service"),
                at: try row.optionalString("at"),
                secondsAgo: try row.optionalInt("seconds") ?? 0)
        }
    }
}
