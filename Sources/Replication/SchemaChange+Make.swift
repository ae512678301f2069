import Postgres

extension SchemaChange {
    /// Carries out statements that change the schema, in one transaction, and lets them travel.
    ///
    /// - Parameters:
    ///   - connection: the node; its session is given back the user's settings.
    ///   - statements: one or more, separated by semicolons.
    /// - Returns: how many there were.
    /// - Throws: `PostgresError` where one fails; then none is carried out.
    public static func make(_ connection: Connection, _ statements: String) throws -> Int {
        // A user's statements mean what they mean in a session of the user's.
        try connection.script("reset all")
        return try connection.transaction {
            try connection.execute("select replication.ddl(\(statements))")
            let rows = try connection.query(
                "select count(*) as count from replication.statements_of(\(statements))")
            return try rows.first?.int("count") ?? 0
        }
    }

    /// Lets a change of a neighbour's count as done here.
    ///
    /// - Parameter uid: its name, as the message of a failed sync gives it.
    /// - Throws: `ReplicationError.schemaChangeKnown` where it has been carried out, or skipped.
    public static func skip(_ connection: Connection, uid: String) throws {
        let rows = try connection.query("select replication.skip_ddl(\(uid)::uuid) as is_new")
        guard try rows.first?.bool("is_new") ?? false else {
            throw ReplicationError.schemaChangeKnown(database: connection.label, uid: uid)
        }
    }

    /// All that a node knows of, in their order.
    public static func known(_ connection: Connection) throws -> [SchemaChange] {
        try connection.query(
            """
            select uid, to_char(changed_at, 'YYYY-MM-DD HH24:MI:SS') as changed_at, origin, kind,
                statement, coalesce(tag, '') as tag, coalesce(role, '') as role
            from replication.event
            where kind <> 'truncate'
            order by id
            """
        ).map { row in
            SchemaChange(
                uid: try row.string("uid"), changedAt: try row.string("changed_at"),
                origin: try row.int("origin"), statement: try row.optionalString("statement"),
                tag: try row.string("tag"), role: try row.string("role"), settings: "{}",
                objects: [], isSkipped: try row.string("kind") == "skipped")
        }
    }
}
