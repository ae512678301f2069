import Postgres

/// Numbers of this node's own that somebody else has handed out: a copy of it did, before it took a
/// number of its own, or a user who gave numbers himself. Its sequences go on above them.
extension Direction {
    func passNumbers(_ works: [Work], _ report: DirectionReport) throws {
        let works = works.filter { work in
            report.tables.contains { $0.name == work.report.name && $0.inserted > 0 }
        }
        guard !works.isEmpty else { return }
        let rows = try target.query(
            """
            select r.id, q.table_relid::text as name, q.column_name, q.unit > 0 as is_rising,
                format('s.%%1$s between %s and %s and replication.next_share(s.%%1$s::numeric, %s, %s, %s)'
                    ' = s.%%1$s', case when q.unit > 0 then q.last_value else q.seqmin end,
                    case when q.unit > 0 then q.seqmax else q.last_value end,
                    q.unit, q.node, q.modulus) as is_own
            from replication.relation as r
                join replication.sequence_state as q on q.table_relid = r.relid
            where r.id = any (\(works.map(\.table.target.id)))
                and q.column_name is not null
                and not q.cycles
            """)
        for row in rows {
            let id = try row.int("id")
            let column = try row.string("column_name")
            guard let work = works.first(where: { $0.table.target.id == id }),
                let place = work.table.places.first(where: { $0.column.name == column })?.place
            else { continue }
            let isOwn = try row.string("is_own").replacing("%1$s", with: place)
            let table = work.table
            // Of rows that went straight the log has the key, and the stage has the others.
            let staged: SQL? =
                work.hasStage
                ? """
                select s.\(raw: place)
                        from \(table.stage) as s
                            join \(table.decision) as d on d.staged = s.ctid
                        where d.verdict in ('I', 'B')
                """ : nil
            let logged = table.target.key.firstIndex { $0.name == column }.map { number -> SQL in
                """
                select l.k\(raw: String(number + 1))
                        from \(table.target.log) as l
                        where l.xid = \(table.xid)
                            and l.action = 'I'
                """
            }
            let all = [staged, logged].compactMap { $0 }.joined(separator: " union all ")
            try target.execute(
                """
                select replication.follow_number(\(try row.string("name"))::regclass, \(column),
                    n.highest::bigint)
                from (
                    select \(try row.bool("is_rising") ? "max" : "min" as SQL)(s.\(raw: place)) as highest
                    from (
                        \(all)
                    ) as s (\(raw: place))
                    where \(raw: isOwn)
                ) as n
                where n.highest is not null
                """)
        }
    }
}
