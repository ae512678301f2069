import Postgres

/// One change of schema at a time: carried out, put off until the rows have come, or counted as done.
extension Direction {
    /// Carries out one change before the rows, and notes it, so that it travels on.
    ///
    /// - Parameter isLast: whether it fails for good where rows are in its way.
    func carryOut(
        _ change: SchemaChange, terms: TableWork.Terms, work: inout SchemaWork, isLast: Bool = false
    ) throws {
        guard change.makesKeys, !terms.isFirst, !alike.contains(change.uid) else {
            return try carryOutInPlace(change, terms: terms, work: &work, isLast: isLast)
        }
        // A table is not left empty where the change then fails.
        var tried = work
        try target.savepoint {
            try makeRoom(for: change, terms: terms, work: &tried)
            try carryOutInPlace(change, terms: terms, work: &tried, isLast: true)
        }
        work = tried
    }

    /// The same with the rows as they are: before they come, or, if it is the last try, after that.
    func carryOutInPlace(
        _ change: SchemaChange, terms: TableWork.Terms, work: inout SchemaWork, isLast: Bool
    ) throws {
        guard let statement = change.statement else {
            throw ReplicationError.schemaChangeLost(
                source: sourceNode.label, target: targetNode.label, change: change)
        }
        onProgress(.changingSchema(statement: change.line))
        let role = try alike.contains(change.uid) ? nil : roleToTake(for: change)
        do {
            if !alike.contains(change.uid) {
                try target.savepoint {
                    if change.remaining == nil { try keepRows(before: change, terms: terms) }
                    for text in change.remaining ?? [statement] {
                        try execute(text, of: change, as: role)
                    }
                }
            }
        } catch let error as PostgresError where !error.isPassing {
            if !isLast, mayWait(error, for: work) {
                work.deferred.append(try carryOutParts(of: change, terms: terms, as: role))
                work.reasons[change.uid] = Self.reason(error)
                return
            }
            guard try isDoneAlready(change, error) || isLast && levelNotNull(change, error) else {
                throw ReplicationError.schemaChangeFailed(
                    source: sourceNode.label, target: targetNode.label, change: change,
                    because: Self.reason(error) + otherRelease, role: role)
            }
        }
        try note(change)
        work.done.append(change)
    }

    /// Of two releases, the older one does not know all that the newer one does.
    private var otherRelease: String {
        let (from, to) = (source.serverVersion / 10_000, target.serverVersion / 10_000)
        return from == to ? "" : "; it was made on PostgreSQL \(from), and this is \(to)"
    }

    /// Executes a statement of a change, or a part of it, as it would have been read on its origin.
    private func execute(_ text: String, of change: SchemaChange, as role: String?) throws {
        if change.namesObjectColumn {
            for object in change.objects {
                try target.execute(
                    "select replication.carry_out_object_column(\(object.address)::jsonb)")
            }
            return
        }
        let answers = try target.queries([
            settingsQuestion,
            "select replication.carry_out(\(text), \(change.settings)::jsonb, \(role)::text)",
            settingsQuestion,
        ])
        guard try Connection.settings(in: answers[0]) == Connection.settings(in: answers[2]) else {
            throw ReplicationError.settingsChanged(
                database: target.label, settings: [change.line], tables: [])
        }
    }

    /// Of an ALTER TABLE that does several things, what rows are not in the way of: a column of
    /// another type and NOT NULL, say, where the rows have to fit the type before they can come.
    ///
    /// - Returns: the change with what is left to do.
    private func carryOutParts(
        of change: SchemaChange, terms: TableWork.Terms, as role: String?
    ) throws -> SchemaChange {
        let parts = try target.query(
            "select unnest(replication.alterations_of(\(change.statement))) as part"
        ).map { try $0.string("part") }
        guard parts.count > 1 else { return change }
        var rest = change
        var remaining: [String] = []
        do {
            try target.savepoint {
                try keepRows(before: change, terms: terms)
                for part in parts {
                    do {
                        try target.savepoint { try execute(part, of: change, as: role) }
                    } catch let error as PostgresError where isOfRows(error) {
                        remaining.append(part)
                    }
                }
            }
        } catch let error as PostgresError where !error.isPassing {
            return change
        }
        rest.remaining = remaining
        return rest
    }

    /// Whether rows were in a statement's way.
    private func isOfRows(_ error: PostgresError) -> Bool {
        SQLState.isConstraintViolation(error.sqlstate) || error.sqlstate?.hasPrefix("22") ?? false
    }

    /// Whether a statement may succeed once the rows are there: rows were in its way, or an earlier
    /// one waits already on which it may depend.
    private func mayWait(_ error: PostgresError, for work: SchemaWork) -> Bool {
        !work.deferred.isEmpty || isOfRows(error)
    }

    /// Whether what a statement would do is done: it failed because something is there already, or
    /// there no more, and all that it is about is the same on both sides.
    private func isDoneAlready(_ change: SchemaChange, _ error: PostgresError) throws -> Bool {
        guard SQLState.isOfPresence(error.sqlstate), !change.objects.isEmpty else { return false }
        var isThere = false
        for object in change.objects {
            let definition = try target.definition(of: object)
            guard try source.definition(of: object) == definition else { return false }
            isThere = isThere || definition != nil
        }
        // What is on neither side may have gone there by a later statement.
        return isThere || change.tag.hasPrefix("DROP ")
    }

    /// A NOT NULL that waited for rows, on a column that has been renamed since: whatever columns must
    /// not be NULL at the source by now must not be so here. False where the error is about something
    /// else.
    private func levelNotNull(_ change: SchemaChange, _ error: PostgresError) throws -> Bool {
        guard [SQLState.undefinedColumn, SQLState.undefinedTable].contains(error.sqlstate),
            change.statement?.lowercased().contains("not null") ?? false
        else { return false }
        let columns: SQL = """
            select n.nspname as schema, c.relname as table, a.attname as column
            from replication.relation as r
                join pg_class as c on c.oid = r.relid
                join pg_namespace as n on n.oid = c.relnamespace
                join pg_attribute as a on a.attrelid = r.relid
            where a.attnotnull
                and a.attnum > 0
                and not a.attisdropped
                and n.nspname <> 'replication'
            """
        let names = { (row: Row) in
            [try row.string("schema"), try row.string("table"), try row.string("column")]
        }
        let here = Set(try target.query(columns).map(names))
        let missing = try source.query(columns).map(names).filter { !here.contains($0) }
        do {
            try target.savepoint {
                for name in missing {
                    try target.execute(
                        "alter table \(id: Array(name[0...1])) alter \(id: name[2]) set not null")
                }
            }
        } catch is PostgresError {
            return false
        }
        return true
    }

    private static func reason(_ error: PostgresError) -> String {
        error.message + (error.sqlstate.map { " (\($0))" } ?? "")
    }

    /// Empties the tables whose rows get other keys by a change, as they all come from the source. Then
    /// no rows are in the way of what was put off.
    private func makeRoom(
        for change: SchemaChange, terms: TableWork.Terms, work: inout SchemaWork
    ) throws {
        for object in change.objects {
            try target.execute(
                """
                select replication.make_room(\(object.address)::jsonb,
                    \(terms.acknowledged.text)::pg_snapshot, \(terms.source)::int,
                    \(change.origin)::int, \(change.changedAt)::timestamptz)
                """)
        }
        let waiting = work.deferred
        work.deferred = []
        for change in waiting { try carryOut(change, terms: terms, work: &work) }
    }

    /// Notes a change as carried out, for the other neighbours and against doing it twice.
    private func note(_ change: SchemaChange) throws {
        let objects = change.objects.map(\.address).joined(separator: ",")
        try target.execute(
            """
            insert into replication.event (xid, changed_at, origin, via, kind, uid,
                statement, tag, role, settings, objects)
            values (pg_current_xact_id()::text::bigint, \(change.changedAt)::timestamptz,
                \(change.origin)::int, \(sourceNode.number)::int, 'ddl', \(change.uid)::uuid,
                \(change.statement), \(change.tag), \(change.role),
                \(change.settings)::jsonb, \("[" + objects + "]")::jsonb)
            """)
    }

    /// The role in whose name a change is carried out; nil for the agent's own.
    private func roleToTake(for change: SchemaChange) throws -> String? {
        if options.runsSchemaChangesAsAgent { return nil }
        let rows = try target.query(
            """
            select current_user = \(change.role) as is_own,
                case
                    when exists (select from pg_roles where rolname = \(change.role))
                        then pg_has_role(\(change.role), 'member')
                end as may_take
            """)
        guard let row = rows.first, try !row.bool("is_own") else { return nil }
        let mayTake = try row.optionalBool("may_take")
        guard mayTake == true else {
            throw ReplicationError.roleMissing(
                database: target.label, role: change.role, exists: mayTake != nil, change: change)
        }
        return change.role
    }

    /// Keeps the rows in the history that the target has changed, and that a change of schema may
    /// take away or make others of, as the source has not seen them.
    private func keepRows(before change: SchemaChange, terms: TableWork.Terms) throws {
        guard change.takesData else { return }
        let addresses = change.objects.map(\.address)
        let isWhole = change.tag.hasPrefix("DROP ")
        try target.execute(
            """
            with taken (relid) as (
                select distinct p.relid
                from replication.relation as r
                    cross join lateral replication.parts_of(r.relid) as p
                    cross join unnest(\(addresses)::jsonb[]) as o (object)
                where replication.takes_rows(o.object, \(isWhole)::boolean, \(change.statement),
                    p.relid)
            )
            select replication.keep_rows(r.relid, case when p.relid <> r.relid then p.relid end,
                \(terms.acknowledged.text)::pg_snapshot, \(terms.source)::int,
                \(change.origin)::int, \(change.changedAt)::timestamptz)
            from replication.relation as r
                cross join lateral replication.parts_of(r.relid) as p
            where p.relid in (select t.relid from taken as t)
                and (p.relid = r.relid or r.relid not in (select t.relid from taken as t))
            """)
    }
}
