import Postgres

/// Large objects, after all rows are in place: their contents follow.
extension Direction {
    /// Sends the contents of the objects that rows or the history name now, each into the object that
    /// stood for it before, where nothing else names that any more; removes what nobody names.
    func carryObjects(
        _ works: [Work], history: Relation?, report: inout DirectionReport
    ) throws {
        let tables = works.map(\.table).filter(\.hasObjects)
        guard let terms = tables.first?.terms else { return }
        for table in tables {
            if try target.query(table.hasMovedObjects).first?.bool("yes") ?? false {
                throw ReplicationError.tooBusy(
                    database: target.label, table: table.target.fullName)
            }
            if let history {
                for statement in table.keepLostObjects(history: history) {
                    try target.execute(statement)
                }
            }
            for statement in table.markTakenObjects { try target.execute(statement) }
        }
        try chooseFinals(terms)
        for table in tables {
            for statement in table.returnDividedObjects { try target.execute(statement) }
            for statement in table.keepObjectsInPlace { try target.execute(statement) }
            for statement in table.holdObjects { try target.execute(statement) }
            try noteMissing(table, report: &report)
        }
        try count(&report)
        if !options.isDryRun { try reading { try send(&report) } }
        for statement in objectPairs { try target.execute(statement) }
        try target.execute(Self.loosenObjects)
        try target.execute("select replication.sweep_objects()")
        report.objects.left = try target.query(Self.countLeft).first?.int("count") ?? 0
        report.objects.removed = try target.query(Self.countRemoved).first?.int("count") ?? 0
    }

    private func noteMissing(_ table: TableWork, report: inout DirectionReport) throws {
        report.objects.missing += try target.query(table.missingObjects).map { row in
            DirectionReport.MissingObject(
                table: table.target.fullName, key: try row.string("key"),
                column: try row.string("column_name"), number: try row.int("number"))
        }
    }

    private func count(_ report: inout DirectionReport) throws {
        let rows = try target.query(
            """
            select count(*) filter (where final = base) as changed,
                count(*) filter (where final is distinct from base) as made
            from pg_temp.object
            where final is not null
                and size is not null
                and not is_same
            """)
        report.objects.changed = try rows.first?.int("changed") ?? 0
        report.objects.made = try rows.first?.int("made") ?? 0
    }

    /// The runs of chunks go from COPY to COPY.
    private func send(_ report: inout DirectionReport) throws {
        for statement in Self.findRuns { try target.execute(statement) }
        var last = 0
        while true {
            let rows = try target.query(
                """
                select max(r.number) as last, array_agg(r.theirs order by r.number)::text as objects,
                    array_agg(r.target order by r.number)::text as targets,
                    array_agg(r.is_new order by r.number)::text as are_new,
                    array_agg(r.first_chunk order by r.number)::text as first_chunks,
                    array_agg(r.last_chunk order by r.number)::text as last_chunks
                from pg_temp.object_run as r
                where r.number > \(last)
                    and r.number <= \(last + Self.runsAtOnce)
                """)
            guard let row = rows.first, let next = try row.optionalInt("last") else { break }
            let copied = try source.copy(
                """
                copy (
                    select p.target, p.at, p.data
                    from replication.object_pieces(
                        \(literal: try row.string("objects"))::oid[],
                        \(literal: try row.string("targets"))::oid[],
                        \(literal: try row.string("are_new"))::boolean[],
                        \(literal: try row.string("first_chunks"))::int[],
                        \(literal: try row.string("last_chunks"))::int[]) as p
                ) to stdout with (format binary)
                """, to: target,
                into: "copy replication.object_piece (lo, at, data) from stdin with (format binary)"
            ) { pieces in
                onProgress(.sendingObjects(chunks: pieces))
            }
            report.objects.bytes += copied.bytes
            report.bytes += copied.bytes
            last = next
        }
        for statement in Self.finishObjects { try target.execute(statement) }
        try keepCopies(
            of: """
                select k.conflict, k.column_name, o.final as lo
                from pg_temp.object_lost as l
                    join replication.kept_object as k on k.conflict = l.conflict
                    join pg_temp.object as o on o.stand_in = k.lo and not o.is_same
                """)
    }

    private static let runsAtOnce = 2_000

    /// Where the content goes: into the base, or, where that must stay as it is, into the stand-in. It
    /// must where rows name it that do not take the new content: of an object that stands for the
    /// source's, rows that the target has changed; of any other, all.
    private func chooseFinals(_ terms: TableWork.Terms) throws {
        try keepCopies(
            of: """
                select k.conflict, k.column_name, k.lo
                from pg_temp.object_lost as l
                    join replication.kept_object as k on k.conflict = l.conflict
                where not exists (
                    select from pg_temp.object as o where o.stand_in = k.lo and not o.is_same
                )
                """)
        try target.execute(
            """
            update pg_temp.object as o
            set is_kept = true
            where not o.is_same
                and o.stand_in in (select k.lo from replication.kept_object as k)
            """)
        try target.execute(
            """
            with wanted as materialized (
                select o.theirs, o.base, o.is_paired,
                    o.is_taken
                        and o.base_size is not null
                        and o.base not in (select k.lo from replication.kept_object as k)
                        as may_stay
                from pg_temp.object as o
                where o.size is not null
                    and not o.is_same
                    and (o.is_taken or o.is_kept)
            ), used as materialized (
                select array(
                    select u.lo
                    from replication.object_uses(array(
                            select w.base
                            from wanted as w
                            where w.may_stay
                        )) as u
                ) as objects
            ), changed as materialized (
                select replication.changed_objects(u.objects,
                        \(terms.acknowledged.text)::pg_snapshot, \(terms.source)::int) as objects
                from used as u
            ), judged as (
                select w.theirs, w.may_stay, w.base = any (u.objects) as is_used,
                    w.is_paired and w.base <> all (c.objects) as is_mine
                from wanted as w
                    cross join used as u
                    cross join changed as c
            )
            update pg_temp.object as o
            set final = case
                    when j.may_stay and (not j.is_used or j.is_mine) then o.base
                    else o.stand_in
                end,
                is_divided = j.may_stay and j.is_used and not j.is_mine
            from judged as j
            where j.theirs = o.theirs
            """)
        try target.execute(
            "update pg_temp.object set final = base where is_same and size is not null")
    }

    /// What has to be sent: of an object that stays in its place, the chunks that differ. Of one beside
    /// which the old one is needed, the others are copied here.
    private static let findRuns: [SQL] = [
        """
        insert into pg_temp.object_run (theirs, target, is_new, first_chunk, last_chunk)
        select o.theirs, o.final, true, 0, ((o.size - 1) / replication.chunk_bytes())::int
        from pg_temp.object as o
        where o.final is not null
            and not o.is_same
            and o.base_size is null
            and o.size > 0
        order by o.theirs
        """,
        """
        insert into pg_temp.object_run (theirs, target, is_new, first_chunk, last_chunk)
        select o.theirs, o.final, o.final <> o.base, min(c.chunk), max(c.chunk)
        from pg_temp.object as o
            join (
                select d.theirs, d.chunk,
                    d.chunk - row_number() over (partition by d.theirs order by d.chunk) as run
                from pg_temp.object_chunk as d
            ) as c on c.theirs = o.theirs
        where o.final is not null
            and o.size is not null
            and not o.is_same
            and o.base_size is not null
        group by o.theirs, o.final, o.base, c.run
        order by o.theirs, min(c.chunk)
        """,
        """
        select replication.copy_chunks(o.base, o.final,
            array(select c.chunk from pg_temp.object_chunk as c where c.theirs = o.theirs), o.size)
        from pg_temp.object as o
        where o.final <> o.base
            and not o.is_same
            and o.base_size is not null
        """,
    ]

    /// The size says what is cut off, and where the holes are; then who may do what.
    private static let finishObjects: [SQL] = [
        """
        select replication.set_object_size(o.final, o.size)
        from pg_temp.object as o
        where o.final is not null
            and o.size is not null
            and not o.is_same
        """,
        """
        select replication.set_object_rights(o.final, o.owner, o.rights)
        from pg_temp.object as o
        where o.final is not null
            and o.size is not null
            and not o.is_same
        """,
    ]

    /// What the history keeps is its own, lest somebody write into it: where rows name it, too, it gets
    /// a copy.
    private func keepCopies(of kept: SQL) throws {
        try target.execute(
            """
            with kept as materialized (
                select distinct k.conflict, k.column_name, k.lo
                from (\(kept)) as k
            ), used as materialized (
                select u.lo
                from replication.object_uses(array(select distinct k.lo from kept as k)) as u
            )
            update replication.kept_object as k
            set lo = coalesce(replication.copy_object(e.lo), e.lo)
            from kept as e
                join used as u on u.lo = e.lo
            where (k.conflict, k.column_name) = (e.conflict, e.column_name)
            """)
    }
}
