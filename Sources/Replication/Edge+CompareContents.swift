import Postgres

/// The steps of a comparison. What it knows stands in temporary tables of B, so that the agent holds
/// no more than a page of numbers, and what it lists.
extension Edge {
    /// Finds which object of A's goes with which one of B's.
    ///
    ///     compared        a column of a row on both sides; 0 stands for no number
    ///       is_pending    the row is to be synced: it is not compared, and neither is what has an
    ///                     object in common with it
    ///     compared_pair   each pair of objects once
    func collect(_ tables: [TableComparison]) throws {
        try b.script(
            """
            create temporary table compared (relation int, row bigint, place int, here oid, there oid,
                is_pending boolean) on commit drop;
            create temporary table compared_digest (is_here boolean, lo oid, size bigint,
                digest uuid) on commit drop
            """)
        for table in tables {
            try b.script(table.createRows)
            try a.copy(table.copyRows, to: b, into: table.copyRowsIn)
            try b.execute(table.analyzeRows)
            if try isTrue(b, table.hasKeysOfBAlone) {
                try a.script(table.createAsked)
                try b.copy(table.copyKeysOfBAlone, to: a, into: table.copyAskedIn)
                try a.copy(table.copyAskedRows, to: b, into: table.copyRowsIn)
                try b.execute(table.analyzeRows)
            }
            try b.execute(table.notePairs)
            try b.execute(table.notePendingOfB)
        }
        try b.script(
            """
            analyze pg_temp.compared;
            create temporary table compared_waiting on commit drop as
            select c.here as lo, true as is_here
            from pg_temp.compared as c
            where c.is_pending
                and c.here <> 0
            union
            select c.there, false
            from pg_temp.compared as c
            where c.is_pending
                and c.there <> 0;
            analyze pg_temp.compared_waiting;
            update pg_temp.compared as c
            set is_pending = true
            from pg_temp.compared_waiting as w
            where w.is_here
                and w.lo = c.here
                and not c.is_pending;
            update pg_temp.compared as c
            set is_pending = true
            from pg_temp.compared_waiting as w
            where not w.is_here
                and w.lo = c.there
                and not c.is_pending;
            create temporary table compared_pair on commit drop as
            select row_number() over (order by p.here, p.there) as number, p.here, p.there,
                null::bigint as size_here, null::bigint as size_there, null::boolean as differs
            from (
                select distinct c.here, c.there
                from pg_temp.compared as c
                where not c.is_pending
            ) as p;
            create index on compared_pair (number);
            analyze pg_temp.compared_pair
            """)
    }

    /// Compares each pair of objects: sums are made on either side, and A's sent to B.
    func compareContents(atOnce: Int, _ onProgress: (Progress) -> Void) throws {
        var last = 0
        while true {
            let rows = try b.query(
                """
                select max(p.number) as last,
                    coalesce(array_agg(distinct p.here) filter (where p.here <> 0), '{}')::text as here
                from pg_temp.compared_pair as p
                where p.number > \(last)
                    and p.number <= \(last + atOnce)
                """)
            guard let row = rows.first, let next = try row.optionalInt("last") else { break }
            onProgress(.comparingObjects)
            try b.script("truncate pg_temp.compared_digest")
            try a.copy(
                """
                copy (
                    select true, d.lo, d.size, d.digest
                    from replication.object_digests(\(literal: try row.string("here"))::oid[]) as d
                ) to stdout
                """, to: b,
                into: "copy pg_temp.compared_digest (is_here, lo, size, digest) from stdin")
            try b.execute(
                """
                insert into pg_temp.compared_digest (is_here, lo, size, digest)
                select false, d.lo, d.size, d.digest
                from replication.object_digests(array(
                        select distinct p.there
                        from pg_temp.compared_pair as p
                        where p.number between \(last + 1) and \(next)
                            and p.there <> 0
                    )) as d
                """)
            try b.script("analyze pg_temp.compared_digest")
            try b.execute(
                """
                update pg_temp.compared_pair as p
                set size_here = h.size,
                    size_there = t.size,
                    differs = (q.here = 0) <> (q.there = 0) or h.digest is distinct from t.digest
                from pg_temp.compared_pair as q
                    left join pg_temp.compared_digest as h on h.is_here
                        and h.lo = q.here
                    left join pg_temp.compared_digest as t on not t.is_here
                        and t.lo = q.there
                where q.number between \(last + 1) and \(next)
                    and p.number = q.number
                """)
            last = next
        }
    }

    /// Sums up, and notes each difference.
    func count(_ tables: [TableComparison], _ found: inout ObjectComparison) throws {
        try b.script(
            """
            create temporary table compared_difference on commit drop as
            select c.relation, c.row, c.place, c.here, c.there, p.size_here, p.size_there
            from pg_temp.compared as c
                join pg_temp.compared_pair as p on (p.here, p.there) = (c.here, c.there)
            where not c.is_pending
                and p.differs;
            analyze pg_temp.compared_difference
            """)
        let compared = try b.query(
            """
            select count(distinct (relation, row)) filter (where not is_pending) as rows,
                count(*) filter (where not is_pending) as objects,
                count(distinct (relation, row)) filter (where is_pending) as waiting
            from pg_temp.compared
            """)
        let differing = try b.query(
            """
            select count(*) as objects, count(distinct (relation, row)) as rows
            from pg_temp.compared_difference
            """)
        guard let compared = compared.first, let differing = differing.first else { return }
        found.rows = try compared.int("rows")
        found.objects = try compared.int("objects")
        found.waiting = try compared.int("waiting")
        found.differing = try differing.int("objects")
        found.differingRows = try differing.int("rows")
        let ids = try b.query("select distinct relation from pg_temp.compared_difference")
            .map { try $0.int("relation") }
        found.differingTables = tables.filter { ids.contains($0.b.id) }.map(\.b.fullName)
    }

    func differences(
        of table: TableComparison, limit: Int
    ) throws -> [ObjectComparison.Difference] {
        func content(_ row: Row, _ side: String) throws -> ObjectComparison.Content {
            guard try row.bool("is_\(side)") else { return .nothing }
            return try row.optionalInt("size_\(side)").map { .bytes($0) } ?? .missing
        }
        return try b.query(table.differences(limit: limit)).map { row in
            ObjectComparison.Difference(
                table: table.b.fullName, key: try row.string("key"),
                column: try row.string("column_name"), a: try content(row, "here"),
                b: try content(row, "there"))
        }
    }

    /// Logs the rows that differ as changed on one side, and as losing rivals on the other, but for those
    /// of which this side lacks an object. Returns how many, and how many not.
    func log(
        _ tables: [TableComparison], at end: End, isDryRun: Bool
    ) throws -> (rows: Int, leftOut: Int) {
        let side: SQL = end == .a ? "here" : "there"
        try b.execute(
            """
            create temporary table compared_repair on commit drop as
            select d.relation, d.row
            from pg_temp.compared_difference as d
            group by d.relation, d.row
            having not bool_or(d.\(side) <> 0 and d.size_\(side) is null)
            """)
        let rows = try b.query(
            """
            select count(*) as rows, (
                    select count(distinct (d.relation, d.row)) from pg_temp.compared_difference as d
                ) as all_rows
            from pg_temp.compared_repair
            """)
        let count = try rows.first?.int("rows") ?? 0
        let all = try rows.first?.int("all_rows") ?? 0
        for table in tables where count > 0 && !isDryRun {
            try b.execute(table.log(at: .b, wins: end == .b))
            try a.script(try isTrue(a, table.hasAsked) ? table.emptyAsked : table.createAsked)
            try b.copy(table.copyKeysToRepair, to: a, into: table.copyAskedIn)
            try a.execute(table.log(at: .a, wins: end == .a))
        }
        return (count, all - count)
    }

    private func isTrue(_ side: Connection, _ question: SQL) throws -> Bool {
        try side.query(question).first?.bool("yes") ?? false
    }
}
