import Postgres

/// How much waits at the source, before anything of it is read.
extension Direction {
    /// One table of which something is pending.
    struct Backlog {
        let relation: Int
        /// What it will be on the way, more or less.
        let bytes: Int
    }

    /// What a row takes beside its values.
    private static let bytesPerKey = 40

    /// Estimates the backlogs of some of the users' tables, but for those that may be small enough
    /// without a look into their logs. A table that the source emptied is left to the direction.
    func backlogs(_ relations: [Int], received: Watermark?) throws -> [Backlog] {
        let seen = received ?? .nothing
        let rows = try source.query(
            """
            select r.id, sum(pg_table_size(p.relid)) as bytes,
                sum(greatest(c.reltuples, 0))::bigint as rows,
                max(pg_relation_size(format('replication.log_%s', r.id)::regclass)) as log_bytes
            from replication.relation as r
                join pg_class as o on o.oid = r.relid
                cross join lateral replication.parts_of(r.relid) as p
                join pg_class as c on c.oid = p.relid
            where r.id = any (\(relations))
                and o.relnamespace <> 'replication'::regnamespace
                and not exists (
                    select
                    from replication.event as e
                    where e.relation = r.id
                        and \(seen.unseen("e"))
                        and \(received == nil ? "false" : "true" as SQL)
                )
            group by r.id
            order by r.id
            """)
        var found: [Backlog] = []
        for row in rows {
            let size = try row.int("bytes")
            guard try size + row.int("log_bytes") >= options.stagingBytes else { continue }
            let relation = try row.int("id")
            let keys = try pendingKeys(of: relation, received: seen, isFirst: received == nil)
            let rows = try row.int("rows")
            if received == nil {
                found.append(Backlog(relation: relation, bytes: size + keys * Self.bytesPerKey))
            } else if keys > 0 {
                // Of a table that was never analyzed nobody knows how large its rows are.
                let share = rows > 0 ? min(size, size / rows * keys) : size
                found.append(Backlog(relation: relation, bytes: share + keys * Self.bytesPerKey))
            }
        }
        return found
    }

    private func pendingKeys(of relation: Int, received: Watermark, isFirst: Bool) throws -> Int {
        let rows = try source.query(
            """
            select count(*) as keys
            from replication.log_\(raw: String(relation)) as l
            where \(received.unseen("l"))
                and (\(isFirst) or replication.is_for(l.via, \(targetNode.number)::int))
            """)
        return try rows.first?.int("keys") ?? 0
    }

    /// Whether so much has changed since a table was staged that it would better be staged again
    /// than fetched in the direction, where a link that drops takes it away.
    func hasChangedMuch(_ table: TableWork) throws -> Bool {
        guard let base = table.staging?.base else { return false }
        let changed = try backlogs([table.source.id], received: base).first
        return (changed?.bytes ?? 0) >= options.stagingBytes && changed != nil
    }
}
