import Postgres

/// What is asked for an explanation.
extension Explanation {
    /// The row as the table has it, where the role may see it.
    static func present(
        _ connection: Connection, _ relation: Relation, _ key: RowKey
    ) throws -> Present {
        let rights = try connection.query(
            """
            select has_schema_privilege(c.relnamespace, 'USAGE')
                    and has_table_privilege(c.oid, 'SELECT') as may_read,
                row_security_active(c.oid) as is_filtered
            from replication.relation as r
                join pg_class as c on c.oid = r.relid
            where r.id = \(relation.id)
            """
        ).first
        guard try rights?.bool("may_read") ?? false else {
            return .hidden("the role may not read the table")
        }
        guard try rights?.bool("is_filtered") == false else {
            return .hidden("the row security of the table may hide it from the role")
        }
        let found = try connection.query(
            """
            select row_to_json(t.*) as row
            from \(relation.rows) as t
            where \(key.matches("t", isLog: false))
            """)
        return try found.first.map { .there(try $0.string("row")) } ?? .absent
    }

    /// The neighbours from which a filter keeps the row.
    static func outside(
        _ connection: Connection, _ relation: Relation, _ key: RowKey, _ present: Present
    ) throws -> Set<Int> {
        let excluded = Set(relation.filters.filter(\.value.isExcluded).keys)
        let choosing = relation.filters.filter { $0.value.isHome && $0.value.choosesRows }
        guard case .there = present, !choosing.isEmpty else { return excluded }
        let choices = choosing.map { number, filter -> SQL in
            "select \(raw: String(number)) as number where not \(filter.condition("t"))"
        }
        let found = try connection.query(
            """
            select n.number
            from \(relation.rows) as t
                cross join lateral (\(choices.joined(separator: " union all "))) as n
            where \(key.matches("t", isLog: false))
            """)
        return excluded.union(try found.map { try $0.int("number") })
    }

    /// The log's entries of the key, and the times at which the table was emptied.
    private static func logged(_ relation: Relation, _ key: RowKey) -> SQL {
        """
        select l.xid, l.changed_at, l.origin, l.via, l.action
            from \(relation.log) as l
            where \(key.matches("l", isLog: true))
            union all
            select e.xid, e.changed_at, e.origin, e.via, 'T'
            from replication.event as e
            where e.relation = \(relation.id)
                and e.kind = 'truncate'
        """
    }

    static func entries(_ relation: Relation, _ key: RowKey) -> SQL {
        """
        select e.changed_at, e.origin, e.via, e.action, count(*) over () as count
        from (
            \(logged(relation, key))
        ) as e
        order by e.changed_at desc, e.xid desc
        limit \(limit)
        """
    }

    /// The neighbours, and whether they have still to be told of the key.
    static func neighbours(_ relation: Relation, _ key: RowKey) -> SQL {
        """
        with logged as materialized (
            \(logged(relation, key))
        )
        select n.number, n.name,
            n.received is null and n.acknowledged is null and n.way_back is null as is_new,
            exists (
                select
                from logged as e
                where replication.is_for(e.via, n.number)
                    and not pg_visible_in_snapshot(e.xid::text::xid8,
                        coalesce(n.acknowledged, n.way_back, '1:1:'))
            ) as is_pending
        from replication.neighbour as n
        order by n.number
        """
    }

    static func reach(_ relation: Relation) -> SQL {
        """
        select to_char(r.attached_at, 'YYYY-MM-DD HH24:MI:SS') as captured_since,
            case
                when s.purged_at - s.keep > r.attached_at
                    then to_char(s.purged_at - s.keep, 'YYYY-MM-DD HH24:MI:SS')
            end as purged_before,
            exists (
                select
                from replication.compaction as c
                where c.relation = r.id
            ) as is_compacted
        from replication.relation as r
            cross join replication.self as s
        where r.id = \(relation.id)
        """
    }

    static func reach(_ rows: [Row]) throws -> Reach {
        Reach(
            capturedSince: try rows.first?.string("captured_since") ?? "",
            purgedBefore: try rows.first?.optionalString("purged_before"),
            isCompacted: try rows.first?.bool("is_compacted") ?? false)
    }

    /// The conflicts of the key, as whichever spelling of it they have it.
    static func conflicts(_ relation: Relation, _ key: RowKey) -> SQL {
        """
        with spelling as materialized (
            \(key.canonical)
            union all
            \(key.spellings)
        ),
        found as (
            select c.id, c.decided_at, c.decided_by, c.policy, c.winner_origin,
                c.winner_changed_at, c.loser_origin, c.loser_changed_at, c.claimed, c.key,
                c.winner_key, c.key::jsonb in (select s.json from spelling as s) as is_loser
            from replication.conflict as c
            where c.tablename = \(relation.fullName)
        )
        select f.id, to_char(f.decided_at, 'YYYY-MM-DD HH24:MI:SS') as decided_at, f.decided_by,
            f.policy, f.winner_origin, f.winner_changed_at, f.loser_origin, f.loser_changed_at,
            f.claimed, case when f.is_loser then f.winner_key else f.key end as other_key,
            f.is_loser and f.winner_key is not null as other_won, count(*) over () as count
        from found as f
        where f.is_loser
            or f.winner_key::jsonb in (select s.json from spelling as s)
        order by f.decided_at desc, f.id
        limit \(limit)
        """
    }

    /// The rows of neighbours under this key that wait here.
    static func waiting(_ relation: Relation, _ key: RowKey) -> SQL {
        """
        with spelling as materialized (
            \(key.canonical)
            union all
            \(key.spellings)
        )
        select w.neighbour, w.tablename, w.key, w.constraint_name, w.reason,
            to_char(w.since, 'YYYY-MM-DD HH24:MI:SS') as since
        from replication.waiting as w
        where w.tablename = \(relation.fullName)
            and w.key::jsonb in (select s.text_json from spelling as s)
        order by w.since
        """
    }
}

extension Explanation.Entry {
    init(_ row: Row) throws {
        changedAt = try row.string("changed_at")
        origin = try row.int("origin")
        via = try row.optionalInt("via").flatMap { $0 > 0 ? $0 : nil }
        action = try row.string("action")
    }
}

extension Explanation.Contest {
    init(_ row: Row) throws {
        id = try row.string("id")
        decidedAt = try row.string("decided_at")
        decidedBy = try row.int("decided_by")
        policy = try row.string("policy")
        winner = try row.int("winner_origin")
        winnerChangedAt = try row.string("winner_changed_at")
        loser = try row.int("loser_origin")
        loserChangedAt = try row.string("loser_changed_at")
        claimed = try row.optionalString("claimed")
        otherKey = try row.optionalString("other_key")
        otherWon = try row.bool("other_won")
    }
}
