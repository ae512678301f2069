import Postgres

/// One row of the conflict history: both versions, and which of them won.
public struct Conflict: Sendable, Hashable {
    /// Who made a version, when, and what it held.
    public struct Version: Sendable, Hashable {
        /// The node number.
        public let origin: Int
        /// As text in UTC; `-infinity` for a row that no log entry names.
        public let changedAt: String
        /// The row as json; nil where it was deleted.
        public let row: String?
    }

    /// Its uuid.
    public let id: String
    /// When it was decided, as text in UTC.
    public let decidedAt: String
    /// The number of the node on which it was decided.
    public let decidedBy: Int
    /// `schema.table`.
    public let table: String
    /// The key as json.
    public let key: String
    /// The policy that decided it.
    public let policy: String
    /// The version that stayed.
    public let winner: Version
    /// The version that did not.
    public let loser: Version
    /// The winner's key as json, where it is another: rows of two keys met over `claimed`.
    public let winnerKey: String?
    /// The unique index or exclusion constraint over which they met.
    public let claimed: String?

    /// The history of a node, newest first.
    ///
    /// - Parameters:
    ///   - table: of this table only; with its schema, or without.
    ///   - since: decided then or later: a time as PostgreSQL reads it, in UTC.
    ///   - limit: at most so many.
    /// - Throws: `ReplicationError.unreadable` where `since` is no time, and `unknownTable` where the
    ///   table is neither replicated nor named in the history.
    public static func all(
        _ connection: Connection, table: String? = nil, since: String? = nil, limit: Int = 1_000
    ) throws -> [Conflict] {
        let ofTable = isNamed(table)
        let young: SQL = since.map { "decided_at >= \($0)::timestamptz" } ?? "true"
        let found = try reading(since, as: "time", connection) {
            try select(
                connection,
                "where \(ofTable) and \(young) order by conflict.decided_at desc, id limit \(limit)"
            )
        }
        if found.isEmpty, let table { try refuseUnknown(table, connection) }
        return found
    }

    /// Whether the column `tablename` is a table's name, given with its schema or without.
    static func isNamed(_ table: String?) -> SQL {
        table.map { "(tablename = \($0) or right(tablename, length(\($0)) + 1) = '.' || \($0))" }
            ?? "true"
    }

    private static func refuseUnknown(_ table: String, _ connection: Connection) throws {
        let known = try connection.query(
            """
            select
            from (
                select tablename
                from replication.conflict
                union all
                select format('%I.%I', n.nspname, c.relname)
                from replication.relation as r
                    join pg_class as c on c.oid = r.relid
                    join pg_namespace as n on n.oid = c.relnamespace
            ) as k
            where \(isNamed(table))
            limit 1
            """)
        guard known.isEmpty else { return }
        throw ReplicationError.unknownTable(database: connection.label, table: table)
    }

    /// Runs a statement in which a text of the user's is read as a time or an age.
    static func reading<T>(
        _ text: String?, as what: String, _ connection: Connection, _ body: () throws -> T
    ) throws -> T {
        do {
            return try body()
        } catch let error as PostgresError where error.sqlstate?.hasPrefix("22") ?? false {
            throw ReplicationError.unreadable(
                database: connection.label, text: text ?? "", what: what)
        }
    }

    /// One conflict by the beginning of its id, as `list` prints it.
    ///
    /// - Throws: `ReplicationError.noConflict` where there is none, or more than one.
    public static func find(_ connection: Connection, id: String) throws -> Conflict {
        let found = try select(
            connection, "where starts_with(id::text, lower(\(id)::text)) order by id limit 2")
        guard let conflict = found.first, found.count == 1, !id.isEmpty else {
            throw ReplicationError.noConflict(database: connection.label, id: id)
        }
        return conflict
    }

    private static func select(_ connection: Connection, _ rest: SQL) throws -> [Conflict] {
        try connection.query(
            """
            select id, to_char(decided_at, 'YYYY-MM-DD HH24:MI:SS') as decided_at, decided_by,
                tablename, key, policy, winner_origin, winner_changed_at, winner,
                loser_origin, loser_changed_at, loser, winner_key, claimed
            from replication.conflict
            \(rest)
            """
        ).map { row in
            Conflict(
                id: try row.string("id"), decidedAt: try row.string("decided_at"),
                decidedBy: try row.int("decided_by"), table: try row.string("tablename"),
                key: try row.string("key"), policy: try row.string("policy"),
                winner: Version(
                    origin: try row.int("winner_origin"),
                    changedAt: try row.string("winner_changed_at"),
                    row: try row.optionalString("winner")),
                loser: Version(
                    origin: try row.int("loser_origin"),
                    changedAt: try row.string("loser_changed_at"),
                    row: try row.optionalString("loser")),
                winnerKey: try row.optionalString("winner_key"),
                claimed: try row.optionalString("claimed"))
        }
    }
}
