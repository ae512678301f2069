import Postgres

/// What syncs have moved into a node over time, in steps of equal length.
public struct SyncHistory: Sendable, Hashable {
    /// What came to its end within one step.
    public struct Step: Sendable, Hashable {
        /// The number of the step, from 0.
        public let index: Int
        /// Rows inserted.
        public let inserted: Int
        /// Rows updated.
        public let updated: Int
        /// Rows deleted.
        public let deleted: Int
        /// Conflicts decided.
        public let conflicts: Int
        /// What the longest direction took, in seconds.
        public let seconds: Double
    }

    /// How many steps there are between the first and the last direction.
    public static let steps = 96
    /// Older directions are left out.
    private static let limit = 5_000

    /// Those in which something was moved.
    public let moving: [Step]
    /// When the first of the directions ended, in seconds since 1970.
    public let first: Double
    /// When the last did.
    public let last: Double
    /// How many directions these are.
    public let directions: Int
    /// How many the node remembers.
    public let remembered: Int

    /// The newest directions into a node.
    public init(_ connection: Connection) throws {
        let rows = try connection.query(
            """
            with newest as (
                select *
                from replication.sync
                order by id desc
                limit \(Self.limit)
            ),
            span as (
                select min(finished_at) as first, max(finished_at) as last, count(*) as directions
                from newest
            )
            select
                least(\(raw: String(Self.steps - 1)), coalesce(floor(\(raw: String(Self.steps))
                    * extract(epoch from n.finished_at - s.first)
                    / nullif(extract(epoch from s.last - s.first), 0)), 0))::int as step,
                sum(n.inserted) as inserted, sum(n.updated) as updated, sum(n.deleted) as deleted,
                sum(n.conflicts) as conflicts,
                greatest(0, max(extract(epoch from n.finished_at - n.started_at))) as seconds,
                extract(epoch from s.first) as first, extract(epoch from s.last) as last,
                s.directions, (select count(*) from replication.sync) as remembered
            from newest as n
                cross join span as s
            group by step, s.first, s.last, s.directions
            order by step
            """)
        moving = try rows.map { row in
            Step(
                index: try row.int("step"), inserted: try row.int("inserted"),
                updated: try row.int("updated"), deleted: try row.int("deleted"),
                conflicts: try row.int("conflicts"),
                seconds: Double(try row.string("seconds")) ?? 0)
        }
        first = try rows.first.flatMap { Double(try $0.string("first")) } ?? 0
        last = try rows.first.flatMap { Double(try $0.string("last")) } ?? 0
        directions = try rows.first?.int("directions") ?? 0
        remembered = try rows.first?.int("remembered") ?? 0
    }
}
