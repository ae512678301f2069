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

        /// What a row takes beside its values.
        private static let bytesPerKey = 40

        /// What so many pending keys take on the way, more or less, or all rows.
        func estimate(keys: Int, isWhole: Bool) -> Int {
            // Of a table that was never analyzed nobody knows how large its rows are.
            let share = isWhole || rows == 0 ? bytes : min(bytes, bytes / rows * keys)
            return share + keys * Self.bytesPerKey
        }

        /// With so many pending keys it is certain to be `limit` bytes.
        func keys(for limit: Int) -> Int {
            let some = limit / (bytes / max(rows, 1) + Self.bytesPerKey) + 1
            let isEnough = estimate(keys: some, isWhole: false) >= limit
            return isEnough ? some : limit / Self.bytesPerKey + 1
        }
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

    /// Whether the other side answers so fast that rows come as fast as they can be applied.
    var isNear: Bool {
        standIn != nil || clockSkew.map { $0.error <= options.nearSeconds } ?? false
    }

    /// Whether a large backlog is brought over in pieces that stay: the other side is far away, or the
    /// last try did not come to its end, or left something staged. Notes that it is tried now.
    func isStaged(
        _ lockable: [Int: String], _ sizes: [Int: TableSize]
    ) throws -> (always: Bool, wasTried: Bool) {
        guard standIn == nil, !options.isDryRun, !lockable.isEmpty, try isLarge(sizes) else {
            return (false, false)
        }
        let always = !isNear || options.stagingBytes != nil
        // Nobody needs to know.
        if always, expected.isEmpty { return (true, false) }
        let rows = try target.transaction(
            "begin",
            [
                limitOfLockWaits,
                """
                update replication.neighbour as n
                set was_tried = true
                from replication.neighbour as former
                where n.number = \(sourceNode.number)
                    and former.number = n.number
                returning former.was_tried or exists (
                    select
                    from replication.staging as g
                    where g.neighbour = n.number
                ) as was_tried
                """,
            ])[1]
        let wasTried = try rows.first?.bool("was_tried") ?? false
        return (wasTried || always, wasTried)
    }

    /// Whether so much could be pending that it is worth a thought.
    private func isLarge(_ sizes: [Int: TableSize]) throws -> Bool {
        let limit = options.stagingBytes ?? SyncOptions.largeBytes
        guard sizes.values.reduce(0, { $0 + $1.most }) >= limit else { return false }
        // Tables may have to be sent whole, once they have changed.
        guard expected.isEmpty,
            let here = try Neighbour.all(source, number: targetNode.number).first,
            let there = try Neighbour.all(target, number: sourceNode.number).first
        else { return true }
        let terms = try terms(source: here, target: there)
        let bytes = try sizes.map { id, size in
            let keys = try pendingKeys(
                "replication.log_\(raw: String(id))", for: terms, isForAll: false,
                unseen: terms.received, most: size.keys(for: limit))
            return size.estimate(keys: keys, isWhole: terms.isFirst)
        }
        return bytes.reduce(0, +) >= limit
    }

    /// The names of tables, as a LOCK statement needs them, and their sizes, by their numbers. To ask for
    /// a table's size is to wait for whoever has it locked.
    ///
    /// - Parameter condition: which tables; `r` is the registry.
    func sizes(
        where condition: SQL
    ) throws -> (names: [Int: String], sizes: [Int: TableSize]) {
        let question: SQL = """
            select r.id, case r.kind when 'i' then 'only ' else '' end || r.relid as name,
                t.bytes, t.rows,
                coalesce(pg_relation_size(to_regclass(format('replication.log_%s', r.id))), 0)
                    as log_bytes
            from replication.relation as r
                cross join lateral (
                    select coalesce(sum(pg_table_size(p.relid)), 0)::bigint as bytes,
                        coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint as rows
                    from replication.parts_of(r.relid) as p
                        join pg_class as c on c.oid = p.relid
                ) as t
            where \(condition)
            """
        let rows = try source.transaction("begin read only", [limitOfLockWaits, question])[1]
        var names: [Int: String] = [:]
        var sizes: [Int: TableSize] = [:]
        for row in rows {
            let id = try row.int("id")
            let bytes = try row.int("bytes")
            names[id] = try row.string("name")
            sizes[id] = TableSize(
                bytes: bytes, rows: try row.int("rows"), most: bytes + (try row.int("log_bytes")))
        }
        return (names, sizes)
    }

    /// Estimates what the direction itself would have to bring of a table, beside what is staged of
    /// it; nil for nothing.
    func backlog(of table: TableWork, size: TableSize?) throws -> Backlog? {
        guard let size else { return nil }
        let base = table.staging.flatMap { $0.isComplete ? $0.base : nil }
        let isWhole = table.terms.isFirst && base == nil
        let keys = try pendingKeys(of: table, unseen: base ?? table.terms.received)
        guard isWhole || keys > 0 else { return nil }
        return Backlog(table: table, bytes: size.estimate(keys: keys, isWhole: isWhole))
    }

    private func pendingKeys(of table: TableWork, unseen snapshot: Watermark) throws -> Int {
        try pendingKeys(
            table.source.log, for: table.terms,
            isForAll: table.isTruncated || table.terms.isFirst && !table.terms.isReturn,
            unseen: snapshot)
    }

    /// - Parameter most: no more are counted.
    private func pendingKeys(
        _ log: SQL, for terms: TableWork.Terms, isForAll: Bool, unseen snapshot: Watermark,
        most: Int? = nil
    ) throws -> Int {
        let rows = try source.transaction(
            "begin read only",
            [
                // What is pending is mostly a small part of the log.
                "set local enable_seqscan = off",
                """
                select count(*) as keys
                from (
                    select
                    from \(log) as l
                    where \(snapshot.unseen("l"))
                        and (\(isForAll) or replication.is_for(l.via, \(terms.target)::int))
                    limit \(most)::bigint
                ) as l
                """,
            ])[1]
        return try rows.first?.int("keys") ?? 0
    }
}
