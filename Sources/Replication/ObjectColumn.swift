import Postgres

/// A column that was said to hold numbers of large objects, or not to. Those of the type lo, and those
/// that are named lo, do so by themselves.
struct ObjectColumn: Hashable {
    /// Schema, table and column, as json.
    let names: String
    /// Whether it does.
    let isObject: Bool

    /// What was said on a node.
    static func all(_ connection: Connection) throws -> Set<ObjectColumn> {
        let rows = try connection.query(
            "select names, is_object from replication.said_object_columns()")
        return Set(
            try rows.map {
                ObjectColumn(names: try $0.string("names"), isObject: try $0.bool("is_object"))
            })
    }

    /// Refuses what names no column that can hold large objects.
    ///
    /// - Parameter name: `table.column` or `schema.table.column`, as a person writes it.
    static func check(_ name: String, _ connection: Connection) throws {
        try refusing(connection) {
            try connection.execute("select replication.find_object_column(\(name)::text)")
        }
    }

    /// Says of a column that it does, on all nodes.
    ///
    /// - Parameter name: the same.
    static func say(_ name: String, _ connection: Connection) throws {
        try refusing(connection) {
            try connection.transaction {
                try connection.execute("set local lock_timeout = '10s'")
                try connection.execute(
                    """
                    select replication.large_object(c.relid, c.column_name)
                    from replication.find_object_column(\(name)::text) as c
                    """)
            }
        }
    }

    /// Lets a node take over what its next neighbour has said: statements are sent from the link on.
    static func adopt(from other: Connection, to connection: Connection) throws {
        let missing = try all(other).subtracting(all(connection))
        guard !missing.isEmpty else { return }
        try connection.transaction {
            try connection.execute("set local lock_timeout = '10s'")
            for column in missing.sorted(by: { $0.names < $1.names }) {
                try connection.execute(
                    """
                    select replication.adopt_object_column(\(column.names)::jsonb,
                        \(column.isObject)::boolean)
                    """)
            }
        }
    }

    /// What the server's functions say of a column, with their hints.
    private static func refusing(_ connection: Connection, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as PostgresError where error.hint != nil && !error.isPassing {
            throw ReplicationError.noObjectColumn(
                database: connection.label, because: error.message, hint: error.hint)
        }
    }
}
