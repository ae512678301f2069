import Postgres

/// Changes of schema: they are carried out before the rows, which are as the schema is after them.
extension Direction {
    /// The changes of schema of one direction.
    struct SchemaWork {
        /// What was carried out, or counted as done, in order.
        var done: [SchemaChange] = []
        /// What failed for the rows' sake, and is tried again after them.
        var deferred: [SchemaChange] = []
        /// Why they failed, by their names.
        var reasons: [String: String] = [:]
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
            at: source, received: there.received ?? here.schemaFrom ?? .nothing, knownTo: target)
    }

    /// Carries out all changes of schema that are pending in the source's snapshot, and lets the
    /// capture follow.
    func applySchema(_ opened: Opened, before: Before) throws -> SchemaWork {
        if let ofTarget = before.schemaChanges,
            ofTarget.isEmpty || known?.bySource.received == opened.neighbour.received
        {
            try checkTargetSchema(ofTarget)
        } else {
            try checkTargetSchema(
                target.query(
                    questionOfSchema(knownBySource: opened.neighbour, byTarget: before.neighbour)))
        }
        var work = SchemaWork()
        let terms = opened.terms
        let changes =
            try opened.schemaChanges.map { try SchemaChange.pending($0, knownTo: target) }
            ?? pendingSchemaChanges(opened.neighbour, before.neighbour)
        for change in changes {
            try carryOut(change, terms: terms, work: &work)
        }
        if !work.done.isEmpty { try followSchema(terms) }
        if !changes.isEmpty || checksShapes {
            do {
                try checkLoneColumns(Shape.check(source, target))
            } catch let error as ReplicationError {
                // Without what waits for rows, the rows cannot come.
                guard case .schemasDiffer = error, let first = work.deferred.first else {
                    throw error
                }
                throw ReplicationError.schemaChangeFailed(
                    source: sourceNode.label, target: targetNode.label, change: first,
                    because: work.reasons[first.uid] ?? error.message, role: nil)
            }
        }
        return work
    }

    /// Commits some of the pending changes of schema by themselves, before the rows: what the
    /// direction could not use else, or what the other direction needs. Those that fail are left to
    /// the direction, and so is what comes after them, unless it stands alone.
    ///
    /// - Parameter isAlone: whether a change that fails holds up none of the others.
    func commitSchema(isAlone: Bool, where isWanted: (SchemaChange) -> Bool) throws -> SchemaWork {
        try flushSource()
        do {
            return try commitFirst(isAlone: isAlone, where: isWanted)
        } catch is NoKeyYet {
            return SchemaWork()
        }
    }

    /// Between two changes a table has no key: they stay together.
    private struct NoKeyYet: Error {}

    private func commitFirst(
        isAlone: Bool, where isWanted: (SchemaChange) -> Bool
    ) throws -> SchemaWork {
        var work = SchemaWork()
        try inTargetTransaction { before in
            let neighbour = before.neighbour
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
                guard tried.deferred.isEmpty || isAlone else {
                    if try hasTableWithoutKey() { throw NoKeyYet() }
                    break
                }
                work.done += tried.done
            }
            if !work.done.isEmpty { try followSchema(terms) }
        }
        return work
    }

    private func hasTableWithoutKey() throws -> Bool {
        let rows = try target.query(
            """
            select exists (
                select
                from replication.relation as r
                    join replication.candidate as c on c.relid = r.relid
                where c.reason like 'it has no key%'
            ) as yes
            """)
        return try rows.first?.bool("yes") ?? false
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
    func commitSchemaOfLargeBacklog() throws -> [SchemaChange] {
        guard !expected.isEmpty, !options.isDryRun else { return [] }
        return try commitSchema(isAlone: false) { _ in true }.done
    }

    /// What is carried out here must not be lost there in a crash.
    private func flushSource() throws {
        try source.transaction {
            try setLockTimeout(source)
            try source.execute("set local synchronous_commit = on")
            try source.execute(
                """
                update replication.neighbour
                set number = number
                where number = \(targetNode.number)
                """)
        }
    }

    /// The backend of an agent that died may hold the neighbour's row for a while.
    func setLockTimeout(_ side: Connection) throws {
        try side.script(
            "set local lock_timeout = \(quoteLiteral("\(Retry.lockTimeout(options))ms"))")
    }

    /// Tries once more what failed for the sake of rows that were not there yet.
    func applyDeferred(_ work: inout SchemaWork, terms: TableWork.Terms) throws {
        guard !work.deferred.isEmpty else { return }
        let waiting = work.deferred
        work.deferred = []
        for change in waiting {
            try carryOutInPlace(change, terms: terms, work: &work, isLast: true)
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
}
