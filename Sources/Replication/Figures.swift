import Postgres

/// Numbers of a node that only machines want: how large what it keeps has become, and what has ever
/// arrived.
public struct Figures: Sendable {
    /// What has arrived from one neighbour since the installation.
    public struct Received: Sendable {
        /// The number of the neighbour.
        public let neighbour: Int
        /// Rows that were inserted, updated or deleted.
        public let rows: Int
        /// Conflicts that were decided meanwhile.
        public let conflicts: Int
    }

    /// How many entries the logs hold, by the server's own estimate.
    public let logEntries: Int
    /// What the logs take on the disk.
    public let logBytes: Int
    /// What is staged from neighbours, on the disk.
    public let stagingBytes: Int
    /// By neighbour, also such as are none any more.
    public let received: [Received]

    /// Asks a node. Logs are not read for it, as they can be large.
    public init(_ connection: Connection) throws {
        let answers = try connection.queries([
            """
            select
                coalesce(sum(pg_stat_get_live_tuples(c.oid))
                    filter (where c.relname ~ '^log_'), 0) as log_entries,
                coalesce(sum(pg_total_relation_size(c.oid))
                    filter (where c.relname ~ '^log_'), 0) as log_bytes,
                coalesce(sum(pg_total_relation_size(c.oid))
                    filter (where c.relname ~ '^staged_'), 0) as staging_bytes
            from pg_class as c
            where c.relnamespace = 'replication'::regnamespace
                and c.relkind = 'r'
                and c.relname ~ '^(log|staged)_[0-9]+$'
            """,
            """
            select source, sum(inserted + updated + deleted) as rows, sum(conflicts) as conflicts
            from replication.sync
            group by source
            order by source
            """,
        ])
        logEntries = try answers[0].first?.int("log_entries") ?? 0
        logBytes = try answers[0].first?.int("log_bytes") ?? 0
        stagingBytes = try answers[0].first?.int("staging_bytes") ?? 0
        received = try answers[1].map { row in
            Received(
                neighbour: try row.int("source"), rows: try row.int("rows"),
                conflicts: try row.int("conflicts"))
        }
    }
}
