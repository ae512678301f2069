import Postgres

/// Changes of schema: they are carried out before the rows, which are as the schema is after them.
extension Direction {
    /// The changes of schema of one direction.
    struct SchemaWork {
        /// What was carried out, or counted as done, in order.
        var done: [SchemaChange] = []
        /// What failed for the rows' sake, and is tried again after them.
        var deferred: [SchemaChange] = []
    }

    /// What the source has for the target.
    func pendingSchemaChanges() throws -> [SchemaChange] {
        let there = try Neighbour.all(target, number: sourceNode.number).first
        let here = try Neighbour.all(source, number: targetNode.number).first
        guard let here, let there else { return [] }
        return try pendingSchemaChanges(here, there)
    }

    /// The same, from what each side knows of the other. Before the first direction has ended, they
    /// begin with the link, when the schemas were alike.
    private func pendingSchemaChanges(
        _ here: Neighbour, _ there: Neighbour
    ) throws -> [SchemaChange] {
        try SchemaChange.pending(
            at: source, for: targetNode.number,
            received: there.received ?? here.schemaFrom ?? .nothing, knownTo: target)
    }

    /// Carries out all changes of schema that are pending in the source's snapshot, and lets the
    /// capture follow.
    func applySchema(_ opened: Opened, received: Neighbour) throws -> SchemaWork {
        try checkTargetSchema()
        var work = SchemaWork()
        let terms = opened.terms
        let changes = try pendingSchemaChanges(opened.neighbour, received)
        for change in changes {
            try carryOut(change, terms: terms, work: &work)
        }
        if !work.done.isEmpty { try followSchema(terms) }
        if !changes.isEmpty || checksShapes {
            _ = try Shape.check(source, target, awaiting: work.deferred.map(\.line))
        }
        return work
    }

    /// Commits some of the pending changes of schema by themselves, before the rows: what the
    /// direction could not use else, or what the other direction needs. Those that fail are left to
    /// the direction, and so is what comes after them, unless it stands alone.
    ///
    /// - Parameter isAlone: whether a change that fails holds up none of the others.
    func commitSchema(isAlone: Bool, where isWanted: (SchemaChange) -> Bool) throws -> SchemaWork {
        var work = SchemaWork()
        try flushSource()
        try target.transaction("begin isolation level read committed") {
            let (_, neighbour) = try prepareTarget()
            let here = try Neighbour.all(source, number: targetNode.number).first
            guard let here else { return }
            let terms = try terms(source: here, target: neighbour)
            let changes = try pendingSchemaChanges(here, neighbour)
            for change in changes where isWanted(change) {
                var tried = SchemaWork()
                do {
                    try carryOut(change, terms: terms, work: &tried, isLast: true)
                } catch ReplicationError.schemaChangeFailed {
                    tried.deferred.append(change)
                }
                guard tried.deferred.isEmpty || isAlone else { break }
                work.done += tried.done
            }
            if !work.done.isEmpty { try followSchema(terms) }
        }
        return work
    }

    /// Values that were added to an enum can be used only after a commit. Where the enum itself is new,
    /// so must be all that led to it.
    func commitEnumValues(_ changes: [SchemaChange]) throws -> [SchemaChange] {
        guard !options.isDryRun, let last = changes.lastIndex(where: \.addsEnumValue) else {
            return []
        }
        let enums = Set(changes.filter(\.addsEnumValue).flatMap(\.objects).map(\.identity))
        let isNew = changes[..<last].contains { change in
            change.tag == "CREATE TYPE" && change.objects.contains { enums.contains($0.identity) }
        }
        let wanted = Set(changes[...last].filter { isNew || $0.addsEnumValue }.map(\.uid))
        return try commitSchema(isAlone: !isNew) { wanted.contains($0.uid) }.done
    }

    /// Rows and changes of schema arrive in one transaction, and so in one piece. Where that is large,
    /// and did not get over the last time, the changes are committed by themselves, so that the rows
    /// can be staged.
    func commitSchemaOfLargeBacklog(_ lockable: [Int: String]) throws -> [SchemaChange] {
        guard !expected.isEmpty, !options.isDryRun,
            try sizes(of: lockable.keys.sorted()).values.reduce(0, { $0 + $1.most })
                >= options.stagingBytes
        else { return [] }
        let tried = try target.query(
            """
            update replication.neighbour as n
            set schema_tried = true
            from replication.neighbour as former
            where n.number = \(sourceNode.number)
                and former.number = n.number
            returning former.schema_tried
            """)
        guard try tried.first?.bool("schema_tried") ?? false else { return [] }
        return try commitSchema(isAlone: false) { _ in true }.done
    }

    /// What is carried out here must not be lost there in a crash.
    private func flushSource() throws {
        try source.transaction {
            try source.execute("set local synchronous_commit = on")
            try source.execute(
                """
                update replication.neighbour
                set number = number
                where number = \(targetNode.number)
                """)
        }
    }

    /// Tries once more what failed for the sake of rows that were not there yet.
    func applyDeferred(_ work: inout SchemaWork, terms: TableWork.Terms) throws {
        guard !work.deferred.isEmpty else { return }
        let waiting = work.deferred
        work.deferred = []
        for change in waiting {
            try carryOut(change, terms: terms, work: &work, isLast: true)
        }
        try followSchema(terms)
    }

    /// Lets the target's capture follow its schema. Where a statement made values of rows that the
    /// source has not seen, they are values that nobody else has.
    private func followSchema(_ terms: TableWork.Terms) throws {
        let made = try target.query("select replication.made_tables() as ids").first?.ints("ids")
        try target.execute("select replication.follow_all(true)")
        try target.execute("select replication.let_go()")
        guard let made, !made.isEmpty else { return }
        try target.execute(
            """
            select replication.send_made_here(\(made)::int[], \(terms.acknowledged.text)::pg_snapshot,
                \(terms.source)::int)
            """)
    }

    /// What was made of the target's rows before the source's had come.
    func refreshViews(_ work: SchemaWork) throws {
        for change in work.done where change.tag == "CREATE MATERIALIZED VIEW" {
            let names = change.objects.map(\.address)
            try target.execute("select replication.refresh_views(\(names)::jsonb[])")
        }
    }

    /// Carries out one change in a savepoint, and notes it, so that it travels on.
    private func carryOut(
        _ change: SchemaChange, terms: TableWork.Terms, work: inout SchemaWork, isLast: Bool = false
    ) throws {
        guard let statement = change.statement else {
            throw ReplicationError.schemaChangeLost(
                source: sourceNode.label, target: targetNode.label, change: change)
        }
        onProgress(.changingSchema(statement: change.line))
        let role = try roleToTake(for: change)
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
                return
            }
            guard try isDoneAlready(change, error) else {
                throw ReplicationError.schemaChangeFailed(
                    source: sourceNode.label, target: targetNode.label, change: change,
                    because: error.message + (error.sqlstate.map { " (\($0))" } ?? ""),
                    role: role)
            }
        }
        try note(change)
        work.done.append(change)
    }

    /// Executes a statement of a change, or a part of it, as it would have been read on its origin.
    private func execute(_ text: String, of change: SchemaChange, as role: String?) throws {
        let before = try settings()
        _ = try target.query(
            "select replication.carry_out(\(text), \(change.settings)::jsonb, \(role)::text)")
        guard try before == settings() else {
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
        return try change.objects.allSatisfy { object in
            try source.definition(of: object) == target.definition(of: object)
        }
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
            select replication.keep_rows(r.relid, \(terms.acknowledged.text)::pg_snapshot,
                \(terms.source)::int, \(change.origin)::int, \(change.changedAt)::timestamptz)
            from replication.relation as r
            where exists (
                select
                from unnest(\(addresses)::jsonb[]) as o (object)
                where replication.takes_rows(o.object, \(isWhole)::boolean, \(change.statement), r.relid)
            )
            """)
    }
}
