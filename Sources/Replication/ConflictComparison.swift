import Postgres

/// A conflict with its two versions side by side, for a page: cut to what can be shown.
public struct ConflictComparison: Sendable {
    /// A value as PostgreSQL writes it.
    public struct Value: Sendable, Hashable {
        /// Its beginning; nil is NULL.
        public let text: String?
        /// How many characters it has.
        public let length: Int
    }

    /// One column of both versions; nil where a version has none, as it is a deleted row, say.
    public struct Column: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// What won.
        public let winner: Value?
        /// What lost.
        public let loser: Value?
        /// Whether they differ, cut or not.
        public let differs: Bool
    }

    /// When it was decided, by which policy and so on; the versions in it have no rows.
    public let conflict: Conflict
    /// Whether the winner is a row, or was deleted.
    public let winnerIsThere: Bool
    /// The same of the loser.
    public let loserIsThere: Bool
    /// The columns that differ, and others, in the order of the table; 60 at most.
    public let columns: [Column]
    /// How many columns there are.
    public let count: Int
    /// Whether the versions are too large to be taken apart.
    public let isLarge: Bool

    /// No more characters of a value are shown.
    public static let longest = 300
    private static let mostColumns = 60
    /// In bytes as they are stored, of both versions together.
    private static let largest = 1_048_576

    /// The newest conflicts of a node. The server cuts them: none is here as a whole.
    public static func newest(_ connection: Connection, limit: Int) throws -> [ConflictComparison] {
        let answers = try connection.transaction(
            "begin isolation level repeatable read, read only",
            [heads(limit), columns(limit)])
        var found: [String: [Row]] = [:]
        for row in answers[1] { found[try row.string("id"), default: []].append(row) }
        return try answers[0].map { row in
            let conflict = try conflict(row)
            let columns = found[conflict.id] ?? []
            return ConflictComparison(
                conflict: conflict, winnerIsThere: try row.bool("has_winner"),
                loserIsThere: try row.bool("has_loser"), columns: try columns.map(column),
                count: try columns.first?.int("column_count") ?? 0,
                isLarge: try row.int("bytes") > largest)
        }
    }

    private static func conflict(_ row: Row) throws -> Conflict {
        Conflict(
            id: try row.string("id"), decidedAt: try row.string("decided_at"),
            decidedBy: try row.int("decided_by"), table: try row.string("tablename"),
            key: try row.string("key"), policy: try row.string("policy"),
            winner: Conflict.Version(
                origin: try row.int("winner_origin"),
                changedAt: try row.string("winner_changed_at"), row: nil),
            loser: Conflict.Version(
                origin: try row.int("loser_origin"),
                changedAt: try row.string("loser_changed_at"), row: nil),
            winnerKey: try row.optionalString("winner_key"),
            claimed: try row.optionalString("claimed"))
    }

    private static func column(_ row: Row) throws -> Column {
        let value = { (side: String) -> Value? in
            guard try row.bool("\(side)_is_there") else { return nil }
            return Value(
                text: try row.optionalString(side),
                length: try row.optionalInt("\(side)_length") ?? 0)
        }
        return Column(
            name: try row.string("name"), winner: try value("winner"), loser: try value("loser"),
            differs: try row.bool("differs"))
    }

    private static func heads(_ limit: Int) -> SQL {
        """
        select c.id, to_char(c.decided_at, 'YYYY-MM-DD HH24:MI:SS') as decided_at, c.decided_by,
            c.tablename, left(c.key::text, \(longest)) as key, c.policy, c.winner_origin,
            c.winner_changed_at, c.loser_origin, c.loser_changed_at,
            left(c.winner_key::text, \(longest)) as winner_key, c.claimed,
            c.winner is not null as has_winner, c.loser is not null as has_loser,
            coalesce(pg_column_size(c.winner), 0) + coalesce(pg_column_size(c.loser), 0) as bytes
        from replication.conflict as c
        order by c.decided_at desc, c.id
        limit \(limit)
        """
    }

    /// The columns of each. Of some values the history has the text, as json says less of them.
    private static func columns(_ limit: Int) -> SQL {
        """
        select n.id, k.name, left(k.winner, \(longest)) as winner,
            length(k.winner) as winner_length, k.winner_is_there, left(k.loser, \(longest)) as loser,
            length(k.loser) as loser_length, k.loser_is_there, k.differs, k.column_count
        from (
            select *
            from replication.conflict as c
            order by c.decided_at desc, c.id
            limit \(limit)
        ) as n
            cross join lateral (
                select v.*, v.winner_is_there <> v.loser_is_there
                        or v.winner is distinct from v.loser as differs,
                    count(*) over () as column_count
                from (
                    select coalesce(w.key, l.key) as name, coalesce(w.place, l.place) as place,
                        coalesce(n.winner_texts ->> w.key, w.value) as winner,
                        w.key is not null as winner_is_there,
                        coalesce(n.loser_texts ->> l.key, l.value) as loser,
                        l.key is not null as loser_is_there
                    from json_each_text(n.winner) with ordinality as w (key, value, place)
                        full join json_each_text(n.loser) with ordinality as l (key, value, place)
                            on l.key = w.key
                ) as v
                order by differs desc, v.place
                limit \(mostColumns)
            ) as k
        where coalesce(pg_column_size(n.winner), 0) + coalesce(pg_column_size(n.loser), 0)
            <= \(largest)
        order by n.decided_at desc, n.id, k.place, k.name
        """
    }
}
