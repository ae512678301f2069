import Postgres

/// How long a node keeps log entries when all its neighbours have them.
public enum Retention {
    /// The time as PostgreSQL prints it.
    public static func shown(_ connection: Connection) throws -> String {
        _ = try Node(connection)
        return try connection.query("select keep::text as keep from replication.self").first?
            .string("keep") ?? ""
    }

    /// Sets it.
    ///
    /// - Parameter age: an interval as PostgreSQL reads it, with its unit, as a bare number would be
    ///   one of seconds; up to ten years.
    /// - Throws: `ReplicationError.unreadable` where it is none, or out of bounds.
    public static func set(_ connection: Connection, to age: String) throws {
        _ = try Node(connection)
        let unreadable = ReplicationError.unreadable(
            database: connection.label, text: age, what: "age")
        guard Double(age) ?? 0 == 0 else { throw unreadable }
        let rows = try Conflict.reading(age, as: "age", connection) {
            try connection.query(
                """
                update replication.self
                set keep = \(age)::interval
                where \(age)::interval between '0' and '10 years'
                returning 1 as done
                """)
        }
        guard !rows.isEmpty else { throw unreadable }
    }
}
