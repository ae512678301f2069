import Postgres

/// The large objects of a file.
extension Contents {
    /// The objects that the rows name; answers how many.
    func writeObjects(_ sent: [Sent]) throws -> Int {
        let tables = sent.filter { one in
            !one.relation.isSystem && one.relation.columns.contains(where: \.holdsObjects)
        }
        guard !tables.isEmpty else { return 0 }
        try source.script(
            "create temporary table sent_object (lo oid primary key) on commit drop")
        for one in tables {
            for column in one.relation.columns where column.holdsObjects {
                try source.execute(
                    """
                    insert into pg_temp.sent_object (lo)
                    select distinct replication.object_number(t.\(id: column.name)::bigint)
                    from \(one.rows) as s
                        join \(one.relation.rows) as t on t.ctid = s.place and t.tableoid = s.tab
                        join pg_largeobject_metadata as m
                            on m.oid = replication.object_number(t.\(id: column.name)::bigint)
                    on conflict do nothing
                    """)
            }
        }
        try source.execute("analyze pg_temp.sent_object")
        try writePairs()
        try write(
            ["replication", "stand_in_object"], ["lo", "mark", "owner", "rights", "size"],
            isUsers: false,
            """
            select m.oid::bigint, m.xmin::text::bigint, pg_get_userbyid(m.lomowner),
                replication.object_rights(m.oid), replication.object_size(m.oid)
            from pg_largeobject_metadata as m
                join pg_temp.sent_object as o on o.lo = m.oid
            """)
        try write(
            ["replication", "object_piece"], ["lo", "at", "data"], isUsers: false, isBinary: true,
            """
            select o.lo, c.chunk::bigint * replication.chunk_bytes(), d.data
            from pg_temp.sent_object as o
                cross join lateral generate_series(0,
                    ((replication.object_size(o.lo) - 1) / replication.chunk_bytes())::int) as c (chunk)
                cross join lateral (
                    select lo_get(o.lo, c.chunk::bigint * replication.chunk_bytes(),
                        replication.chunk_bytes()) as data
                    offset 0
                ) as d
            where d.data <> ''
                and not replication.is_hole(d.data)
            """)
        return try source.query("select count(*) as count from pg_temp.sent_object").first?
            .int("count") ?? 0
    }

    /// What is known of their counterparts; and the newest of all, which says how new these are.
    private func writePairs() throws {
        try write(
            ["replication", "object_pair"], columns("replication.object_pair"), isUsers: false,
            """
            select p.*
            from replication.object_pair as p
            where p.neighbour = \(raw: String(target))
                and (
                    p.mine in (select o.lo::bigint from pg_temp.sent_object as o)
                    or p.noted = (
                        select max(n.noted)
                        from replication.object_pair as n
                        where n.neighbour = \(raw: String(target))
                    )
                )
            """)
    }
}
