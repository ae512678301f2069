import Postgres

/// What a direction knows of large objects stands in temporary tables of the target, so that the agent
/// holds no more than a page of numbers.
extension Direction {
    /// The tables, where they are not there yet.
    ///
    ///     object        each object of the source's that staged rows name
    ///       size        in bytes; null: there is none of this number
    ///       mate        the target's object that stands for it, as the source knows
    ///       noted       when the source noted that, and `latest` anything: in directions of this edge
    ///       base        the target's object that stands for it; no two have the same
    ///       base_size   its bytes; null where it is not there
    ///       is_paired   one of the sides knew of base before; else it is merely what a row of the
    ///                   same key has
    ///       is_same     nothing needs to be sent
    ///       stand_in    what staged rows have in its place: base where that is the same
    ///       is_taken    rows of the target's name the stand-in after all is applied
    ///       is_kept     the history does
    ///       is_divided  other rows name base, and the target has changed them: they keep it
    ///       final       the object that gets the content
    ///     object_seen   who names them, and whom the target's row of the same key names
    ///     object_chunk  the chunks that differ
    ///     object_lost   the conflicts of this direction whose losers had objects
    ///     object_run    the chunks to be sent, in their order
    func makeObjectTables() throws {
        let rows = try target.query("select to_regclass('pg_temp.object') is null as is_missing")
        guard try rows.first?.bool("is_missing") ?? false else { return }
        try target.script(
            """
            create temporary table object (theirs oid primary key, size bigint, mark bigint,
                owner name, rights jsonb, mate oid, mate_mark bigint, noted bigint, latest bigint,
                base oid, base_size bigint, is_paired boolean not null default false,
                is_judged boolean not null default false, is_same boolean not null default false,
                stand_in oid unique, is_taken boolean not null default false,
                is_kept boolean not null default false, is_divided boolean not null default false,
                final oid) on commit drop;
            create temporary table object_seen (relation int, place text, staged tid, theirs oid,
                mine oid, found tid, found_xmin xid, found_table oid,
                was_there boolean, is_translated boolean not null default false) on commit drop;
            create index on object_seen (relation, staged);
            create temporary table object_chunk (theirs oid, chunk int, sum uuid) on commit drop;
            create temporary table object_lost (conflict uuid) on commit drop;
            create temporary table object_run (number bigint generated always as identity, theirs oid,
                target oid, is_new boolean, first_chunk int, last_chunk int) on commit drop
            """)
    }

    /// Chooses which object of the target's stands for each new one: what is there before what is not,
    /// what either side noted last, what both a side and the row say, then what the target knows, what
    /// the source knows, and what the row says alone.
    var chooseBases: SQL {
        """
        with news as (
            select o.theirs, o.mark, o.mate, o.mate_mark, o.noted
            from pg_temp.object as o
            where not o.is_judged
        ), told as (
            select w.theirs, p.mine::oid as mine, 1 as rank, p.noted,
                p.their_mark = coalesce(w.mark, p.their_mark)
                    and p.my_mark = replication.object_mark(p.mine::oid) as is_valid
            from news as w
                join replication.object_pair as p on p.theirs = w.theirs::bigint
                    and p.neighbour = \(raw: String(sourceNode.number))
            union all
            select w.theirs, w.mate, 2, w.noted, w.mate_mark = replication.object_mark(w.mate)
            from news as w
            where w.mate is not null
            union all
            select w.theirs, n.mine, 3, null, false
            from news as w
                join pg_temp.object_seen as n on n.theirs = w.theirs
            where n.mine is not null
        ), candidate as (
            select c.theirs, c.mine, min(c.rank) as rank, bool_or(c.rank = 3) as is_of_row,
                coalesce(max(c.noted) filter (where c.is_valid), -1) as noted,
                bool_or(c.is_valid is true or c.rank < 3 and r.mine is not null) as is_paired,
                exists (select from pg_largeobject_metadata as m where m.oid = c.mine) as is_there
            from told as c
                left join told as r on r.rank = 3
                    and (r.theirs, r.mine) = (c.theirs, c.mine)
            where not exists (select from pg_temp.object as o where o.base = c.mine)
            group by c.theirs, c.mine
            having bool_or(c.is_valid is true or c.rank = 3)
        ), best as (
            select distinct on (c.theirs) c.*
            from candidate as c
            order by c.theirs, c.is_there desc, c.noted desc, c.is_paired and c.is_of_row desc,
                c.rank, c.mine
        ), chosen as (
            select distinct on (b.mine) b.*
            from best as b
            order by b.mine, b.is_paired desc, b.noted desc, b.rank, b.theirs
        )
        update pg_temp.object as o
        set base = c.mine,
            base_size = replication.object_size(c.mine),
            is_paired = c.is_paired
        from chosen as c
        where c.theirs = o.theirs
        """
    }

    /// What is equal on both sides need not be sent.
    static let forgetEqualChunks: SQL = """
        delete from pg_temp.object_chunk as c
        using pg_temp.object as o,
            replication.object_sums(array(
                select e.base
                from pg_temp.object as e
                where not e.is_judged
                    and e.base_size is not null
                    and e.size is not null
            )) as s
        where o.theirs = c.theirs
            and s.lo = o.base
            and s.chunk = c.chunk
            and s.sum = c.sum
        """

    /// Decides which objects are the same on both sides. Where the source has none, and the number is
    /// the target's own, it has come from here, before the column was known to hold objects: the
    /// target's object is left alone. What rows share that name different objects at the source is not
    /// the same, whatever its content.
    static let judge: [SQL] = [
        """
        update pg_temp.object as o
        set is_same = case
                when o.size is null then
                    o.base_size is null or o.base = o.theirs and not o.is_paired
                else o.size is not distinct from o.base_size
                    and not exists (
                        select from pg_temp.object_chunk as c where c.theirs = o.theirs
                    )
            end
        where not o.is_judged
            and o.base is not null
        """,
        """
        update pg_temp.object as o
        set is_same = false
        from replication.object_uses(array(
                select e.base
                from pg_temp.object as e
                where e.is_same
                    and not e.is_paired
                    and not e.is_judged
                    and e.size is not null
            )) as u
        where u.lo = o.base
            and not o.is_judged
            and u.uses > (
                select count(*)
                from pg_temp.object_seen as n
                where n.theirs = o.theirs
                    and n.mine = o.base
            )
        """,
        """
        update pg_temp.object
        set stand_in = case when is_same then base end,
            is_judged = true
        where not is_judged
        """,
    ]
}
