import Postgres

/// How much waits at the source, before anything of it is read.
extension Direction {
    /// What a table takes at the source.
    struct TableSize {
        /// With all that is stored out of line.
        let bytes: Int
        /// As ANALYZE has estimated them; 0 where it never has.
        let rows: Int
        /// The most that could be pending: all rows, and the log.
        let most: Int
    }

    /// One table of which something is pending.
    struct Backlog {
        let table: TableWork
        /// What it will be on the way, more or less.
        let bytes: Int

        /// The largest, so many that less than `rest` bytes are left by the others. The users'
        /// tables come first: without them, nothing else is worth much.
        static func largest(_ backlogs: [Backlog], leaving rest: Int) -> [TableWork] {
            var left = backlogs.reduce(0) { $0 + $1.bytes }
            return backlogs.sorted { $0.bytes > $1.bytes }
                .prefix { backlog in
                    defer { left -= backlog.bytes }
                    return left >= rest
                }
                .map(\.table)
                .sorted { !$0.source.isSystem && $1.source.isSystem }
        }
    }

    /// What a row takes beside its values.
    private static let bytesPerKey = 40

    /// Beyond this, half of a round trip's seconds, the other side is far away: what is staged costs
    /// less than the way.
    private static let near = 0.005

    /// Whether the other side answers so fast that rows come as fast as they can be applied.
    var isNear: Bool { clockSkew.map { $0.error <= Self.near } ?? false }

    /// Whether a large backlog is brought over in pieces that stay: the other side is far away, or the
    /// last try did not come to its end. Notes that it is tried now.
    func isStaged(_ lockable: [Int: String]) throws -> (always: Bool, wasTried: Bool) {
        guard !options.isDryRun, !lockable.isEmpty,
            try totalSize(lockable.keys.sorted()) >= options.stagingBytes ?? SyncOptions.largeBytes
        else { return (false, false) }
        let always = !isNear || options.stagingBytes != nil
        // Nobody needs to know.
        if always, expected.isEmpty { return (true, false) }
        let rows = try target.transaction("begin; \(limitOfLockWaits)") {
            try target.query(
                """
                update replication.neighbour as n
                set was_tried = true
                from replication.neighbour as former
                where n.number = \(sourceNode.number)
                    and former.number = n.number
                returning former.was_tried
                """)
        }
        let wasTried = try rows.first?.bool("was_tried") ?? false
        return (wasTried || always, wasTried)
    }

    /// The most that could be pending of tables. To ask for a table's size is to wait for whoever has it
    /// locked.
    private func totalSize(_ relations: [Int]) throws -> Int {
        try source.transaction("begin read only; \(limitOfLockWaits)") {
            try sizes(of: relations).values.reduce(0) { $0 + $1.most }
        }
    }

    /// The sizes of tables, by their numbers.
    func sizes(of relations: [Int]) throws -> [Int: TableSize] {
        let rows = try source.query(
            """
            select r.id, coalesce(sum(pg_table_size(p.relid)), 0)::bigint as bytes,
                coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint as rows,
                coalesce(pg_relation_size(to_regclass(format('replication.log_%s', r.id))), 0)
                    as log_bytes
            from replication.relation as r
                cross join lateral replication.parts_of(r.relid) as p
                join pg_class as c on c.oid = p.relid
            where r.id = any (\(relations))
            group by r.id
            """)
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                let bytes = try row.int("bytes")
                let size = TableSize(
                    bytes: bytes, rows: try row.int("rows"),
                    most: bytes + (try row.int("log_bytes")))
                return (try row.int("id"), size)
            })
    }

    /// Estimates what the direction itself would have to bring of a table, beside what is staged of
    /// it; nil for nothing.
    func backlog(of table: TableWork, size: TableSize?) throws -> Backlog? {
        guard let size else { return nil }
        let base = table.staging.flatMap { $0.isComplete ? $0.base : nil }
        let isWhole = table.terms.isFirst && base == nil
        let keys = try pendingKeys(of: table, unseen: base ?? table.terms.received)
        guard isWhole || keys > 0 else { return nil }
        // Of a table that was never analyzed nobody knows how large its rows are.
        let share =
            isWhole || size.rows == 0
            ? size.bytes : min(size.bytes, size.bytes / size.rows * keys)
        return Backlog(table: table, bytes: share + keys * Self.bytesPerKey)
    }

    private func pendingKeys(of table: TableWork, unseen snapshot: Watermark) throws -> Int {
        let isForAll = table.isTruncated || table.terms.isFirst && !table.terms.isReturn
        let rows = try source.query(
            """
            select count(*) as keys
            from \(table.source.log) as l
            where \(snapshot.unseen("l"))
                and (\(isForAll) or replication.is_for(l.via, \(targetNode.number)::int))
            """)
        return try rows.first?.int("keys") ?? 0
    }
}
