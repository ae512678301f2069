import Postgres

/// A row of a neighbour's that could not be applied here and waits for a person; every sync asks the
/// neighbour for it again, and it arrives as soon as it fits.
public struct WaitingRow: Sendable, Hashable {
    /// The number of the neighbour that has it.
    public let neighbour: Int
    /// `schema.table`.
    public let table: String
    /// The key as json; all values are texts.
    public let key: String
    /// The constraint that forbids it, where it is one.
    public let constraint: String?
    /// What is in its way, in words.
    public let reason: String
    /// Since when, as text in UTC.
    public let since: String

    /// The rows that wait at a node, the oldest first.
    ///
    /// - Parameters:
    ///   - table: of this table only; with its schema, or without.
    ///   - limit: at most so many.
    public static func all(
        _ connection: Connection, table: String? = nil, limit: Int = 1_000
    ) throws -> [WaitingRow] {
        try all(connection.query(question(table: table, limit: limit)))
    }

    /// What is to be asked for that.
    static func question(table: String? = nil, limit: Int = 1_000) -> SQL {
        """
        select neighbour, tablename, key, constraint_name, reason,
            to_char(since, 'YYYY-MM-DD HH24:MI:SS') as since
        from replication.waiting
        where \(Conflict.isNamed(table))
        order by since, tablename, key::text
        limit \(limit)
        """
    }

    /// From the answer.
    static func all(_ rows: [Row]) throws -> [WaitingRow] {
        try rows.map { row in
            WaitingRow(
                neighbour: try row.int("neighbour"), table: try row.string("tablename"),
                key: try row.string("key"),
                constraint: try row.optionalString("constraint_name"),
                reason: try row.string("reason"), since: try row.string("since"))
        }
    }
}
