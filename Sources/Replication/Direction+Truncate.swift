import Postgres

/// TRUNCATE: the one change that is not of single rows.
extension Direction {
    /// Empties the tables that the source emptied, before its rows are decided.
    ///
    /// Where the target has changed nothing that the source has not seen, no row of the target's
    /// outlived it at the source or waits there, and all tables that refer to the table are emptied
    /// too, it is a TRUNCATE here as well, and travels on as one. Else every row that the source does
    /// not send is staged as a delete of its own: rows that the target changed meanwhile are
    /// conflicts then, decided by policy, and what travels on are the deletes. (A TRUNCATE would
    /// delete the survivors where they came from.)
    ///
    /// Over a new edge it takes nothing that the source had not: but what it took is deleted by it.
    func truncateTarget(_ works: inout [Work], opened: Opened) throws {
        for work in works {
            guard let event = opened.former[work.table.source.id] else { continue }
            try target.execute(
                work.table.stageTaken(changedAt: event.changedAt, origin: event.origin))
        }
        let emptied = works.indices.filter {
            works[$0].table.isTruncated && !works[$0].table.target.isSystem
        }
        guard !emptied.isEmpty else { return }
        for index in emptied {
            let table = works[index].table
            guard let event = opened.truncates[table.source.id] else { continue }
            try target.execute(
                table.stageTaken(changedAt: event.changedAt, origin: event.origin))
        }
        let whole = try canBeEmptied(emptied.map { works[$0].table })
        if !whole.isEmpty {
            for table in whole { try noteObjects(ofEmptied: table) }
            let names = whole.map(\.target.rows).joined(separator: ", ")
            try target.execute("truncate \(names)")
        }
        for index in emptied {
            let table = works[index].table
            guard let event = opened.truncates[table.source.id] else { continue }
            if whole.contains(where: { $0.target == table.target }) {
                works[index].report.isTruncated = true
                try target.execute(
                    """
                    insert into replication.event (xid, changed_at, origin, via, kind, relation)
                    values (pg_current_xact_id()::text::bigint, \(event.changedAt)::timestamptz,
                        \(event.origin)::int, \(sourceNode.number)::int, 'truncate',
                        \(table.target.id)::int)
                    """)
            } else {
                let waiting = try waitingAtSource(table)
                let count = try target.execute(
                    table.stageTruncate(
                        changedAt: event.changedAt, origin: event.origin,
                        waiting: waiting.known, unknown: waiting.unknown))
                works[index].report.staged += count
                try target.execute(table.analyzeStage)
            }
        }
    }

    /// Those of the tables that can be emptied as a whole. They are locked first, so that the answer
    /// holds; a table that the target has changed is not even locked.
    private func canBeEmptied(_ tables: [TableWork]) throws -> [TableWork] {
        // A TRUNCATE of what the source sees is none of what it does not see. And of a node that
        // came back nobody knows which of the target's rows it has ever seen.
        var candidates = try tables.filter {
            try !$0.terms.isReturn && !$0.isBlind && !$0.isHome && !$0.keepsColumns
                && !hasPending($0)
        }
        candidates = try withoutOutsideReferences(candidates)
        for table in candidates {
            try target.execute("lock table \(table.target.rows) in access exclusive mode")
        }
        candidates = try candidates.filter { try !hasPending($0) }
        return try withoutOutsideReferences(candidates)
    }

    /// The keys of the target's rows that the source could not take yet; those apart that a filter keeps from
    /// it for good, and of which it has had no version.
    private func waitingAtSource(
        _ table: TableWork
    ) throws -> (known: [String], unknown: [String]) {
        guard table.isBlind else { return ([], []) }
        let rows = try source.query(
            """
            select q.key::text as key, q.was_here
            from replication.quarantine as q
            where q.neighbour = \(targetNode.number)
                and q.relation = \(table.source.id)
            """
        )
        let known = try rows.filter { try $0.bool("was_here") }
        let unknown = try rows.filter { try !$0.bool("was_here") }
        return (try known.map { try $0.string("key") }, try unknown.map { try $0.string("key") })
    }

    private func hasPending(_ table: TableWork) throws -> Bool {
        try target.query(table.hasPending).first?.bool("has_pending") ?? true
    }

    /// TRUNCATE refuses a table that another one refers to which is not in the same command.
    private func withoutOutsideReferences(_ tables: [TableWork]) throws -> [TableWork] {
        var remaining = tables
        while true {
            let ids = remaining.map(\.target.id)
            let rows = try target.query(
                """
                select distinct r.id
                from replication.relation as r
                    cross join lateral replication.parts_of(r.relid) as p
                    join pg_constraint as c on c.confrelid = p.relid and c.contype = 'f'
                where r.id = any (\(ids))
                    and not exists (
                        select
                        from replication.relation as o
                            cross join lateral replication.parts_of(o.relid) as op
                        where o.id = any (\(ids))
                            and op.relid = c.conrelid
                    )
                """)
            let referred = Set(try rows.map { try $0.int("id") })
            if referred.isEmpty { return remaining }
            remaining.removeAll { referred.contains($0.target.id) }
        }
    }
}
