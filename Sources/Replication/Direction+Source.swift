import Postgres

/// The source's side of a direction: a snapshot, and what is pending in it.
extension Direction {
    /// What the source has for the target, as its snapshot shows it.
    struct Opened {
        let terms: TableWork.Terms
        /// The snapshot: the new watermark.
        let snapshot: Watermark
        /// What the source knows of the target.
        let neighbour: Neighbour
        /// What it has applied of the logs of its other neighbours.
        let beyond: String
        /// The tables of which something must be sent, by their numbers at the source.
        let pending: [Int]
        /// Whether the source's logs hold anything that the watermark does not show, if only what
        /// came from the target: it must be noted, or the source could never purge it.
        let isWatermarkBehind: Bool
        /// The tables of which rows wait at the target, by their numbers there.
        let owed: Set<Int>
        /// The tables of which rows of the target's wait at the source, by their numbers there.
        let blind: Set<Int>
        /// The tables with large logs, by their numbers at the source.
        let largeLogs: Set<Int>
        /// The newest TRUNCATE of each table that is pending, and in a first direction, of which none is,
        /// those that the log names.
        let truncates: [Int: Truncate]
        let former: [Int: Truncate]
        /// The changes of schema that are pending, as `SchemaChange.question` tells them; nil where they
        /// were not asked for yet.
        let schemaChanges: [Row]?
        /// The shapes of the tables that were locked.
        let relations: [Relation]
    }

    /// A pending TRUNCATE: its version.
    struct Truncate {
        let changedAt: String
        let origin: Int
    }

    /// Locks the tables that will be read, in a mode that only DROP and rewriting ALTER TABLE
    /// conflict with, and only then takes the snapshot: after a rewrite, an older one would show an
    /// empty table, and every pending key would look deleted. The body gets what is pending in it.
    ///
    /// - Parameters:
    ///   - lockable: the tables, as their names were looked up before: any query in the transaction
    ///     would take the snapshot, and LOCK and SET do not.
    ///   - there: what the target knows of the source.
    func inSourceTransaction<T>(
        _ lockable: [Int: String], owed: [Int: Int], received there: Neighbour,
        _ body: (Opened) throws -> T
    ) throws -> T {
        var questions: [SQL] = [
            // Takes the snapshot.
            standIn?.snapshotQuestion ?? "select pg_current_snapshot() as snapshot",
            """
            select \(Neighbour.columns), replication.beyond(number) as beyond
            from replication.neighbour
            where number = \(targetNode.number)
            """,
            """
            select distinct relation
            from replication.quarantine
            where neighbour = \(targetNode.number)
            """,
            """
            select id
            from replication.relation
            where id = any (\(lockable.keys.sorted()))
                and pg_relation_size(to_regclass(format('replication.log_%s', id)))
                    >= \(SyncOptions.largeBytes)
            """,
        ]
        let shapes = lockable.isEmpty ? [] : Relation.questions(ids: lockable.keys.sorted())
        questions += shapes
        // What is pending can mostly be asked at once, as the target knows its watermark.
        if let watermark = there.received {
            questions += pendingQuestions(watermark) + [SchemaChange.question(watermark)]
        }
        let names = lockable.sorted { $0.key < $1.key }.map(\.value)
        return try inSourceTransaction(locking: names, asking: questions) { answers in
            let end = 4 + shapes.count
            let relations = shapes.isEmpty ? [] : try Relation.read(Array(answers[4..<end]))
            return try body(
                open(
                    answers, relations, pending: Array(answers[end...]), lockable, owed: owed,
                    received: there))
        }
    }

    /// Something is pending where nothing was expected.
    struct LookFirst: Error {}

    /// A transaction of the source that reads some tables, by names for a LOCK statement. The body gets
    /// the answers to questions that are asked in it first.
    func inSourceTransaction<T>(
        locking names: [String], asking questions: [SQL] = [], _ body: ([[Row]]) throws -> T
    ) throws -> T {
        let lock: SQL = """
            lock table \(raw: names.joined(separator: ", ")) in access share mode
            """
        let first = [Self.memory, limitOfLockWaits] + (names.isEmpty ? [] : [lock])
        do {
            return try source.transaction(
                "begin isolation level repeatable read read only", with: first + questions
            ) { answers in
                try body(Array(answers.dropFirst(first.count)))
            }
        } catch let error as PostgresError
            where error.statement == lock.text
            && [SQLState.undefinedTable, SQLState.undefinedSchema].contains(error.sqlstate)
        {
            // One was dropped, renamed or moved since its name was looked up.
            throw ReplicationError.tooBusy(database: source.label, table: nil)
        }
    }

    private func pendingQuestions(_ received: Watermark) -> [SQL] {
        [
            """
            select relation, sendable
            from replication.pending(\(received.text)::pg_snapshot, \(targetNode.number)::int)
            """,
            pendingTruncates(received),
            "select exists (select from replication.event as e where \(received.unseen("e"))) as yes",
        ]
    }

    private func open(
        _ answers: [[Row]], _ relations: [Relation], pending asked: [[Row]],
        _ lockable: [Int: String], owed: [Int: Int], received: Neighbour
    ) throws -> Opened {
        guard let snapshot = try answers[0].first.flatMap({ Watermark(try $0.string("snapshot")) }),
            let neighbour = try answers[1].first.map(Neighbour.init)
        else {
            throw ReplicationError.notNeighbours(sourceNode.name, targetNode.name)
        }
        let blind = Set(try answers[2].map { try $0.int("relation") })
        let terms = try terms(source: neighbour, target: received)
        let known =
            asked.isEmpty ? try source.queries(pendingQuestions(terms.received)) : asked
        let logged = try known[0].map(Connection.PendingTable.init)
        let named = try read(truncates: known[1])
        let isNew = terms.isFirst && !terms.isReturn
        let truncates = isNew ? [:] : named
        let pending =
            terms.isFirst
            ? try source.allRelations(for: targetNode.number)
            : Set(logged.filter(\.isSendable).map(\.relation)).union(truncates.keys)
                .union(owed.values).sorted()
        guard Set(pending).isSubset(of: lockable.keys) else {
            // A table came into it between the look and the lock: begin again with all.
            guard looksFirst else { throw LookFirst() }
            throw ReplicationError.tooBusy(database: source.label, table: nil)
        }
        return Opened(
            terms: terms, snapshot: snapshot, neighbour: neighbour,
            beyond: try answers[1].first?.string("beyond") ?? "{}", pending: pending,
            isWatermarkBehind: try standIn != nil || !logged.isEmpty
                || known[2].first?.bool("yes") ?? false,
            owed: Set(owed.keys), blind: blind,
            largeLogs: Set(try answers[3].map { try $0.int("id") }), truncates: truncates,
            former: isNew ? named : [:],
            schemaChanges: asked.last, relations: relations)
    }

    /// How far each side knows the other's log, from what each knows of the other.
    func terms(source here: Neighbour, target there: Neighbour) throws -> TableWork.Terms {
        let watermark = there.received ?? here.wayBack
        return TableWork.Terms(
            source: sourceNode.number, target: targetNode.number,
            received: watermark ?? .nothing,
            acknowledged: here.received ?? there.wayBack ?? .nothing,
            isFirst: watermark == nil,
            isReturn: try watermark == nil && here.isBehind && there.knownAs == nil
                && !owesRows(),
            isPartial: standIn != nil)
    }

    /// Whether rows of the source wait at the target. Of those the target may have an older version,
    /// although the source was told that it has seen them.
    private func owesRows() throws -> Bool {
        let rows = try target.query(
            """
            select exists (
                select
                from replication.quarantine
                where neighbour = \(sourceNode.number)
            ) as yes
            """)
        return try rows.first?.bool("yes") ?? false
    }

    /// No statement of this transaction waits for a lock for longer than the user said. Takes no
    /// snapshot.
    var limitOfLockWaits: SQL {
        "set local lock_timeout = \(literal: "\(Retry.lockTimeout(options))ms")"
    }

    /// The newest TRUNCATE of each table that the target has not heard of. Over a new edge there is
    /// none: the target gets all rows.
    func pendingTruncates(_ terms: TableWork.Terms) throws -> [Int: Truncate] {
        if terms.isFirst, !terms.isReturn { return [:] }
        return try read(truncates: source.query(pendingTruncates(terms.received)))
    }

    private func pendingTruncates(_ received: Watermark) -> SQL {
        """
        select distinct on (e.relation) e.relation, e.changed_at, e.origin
        from replication.event as e
        where e.kind = 'truncate'
            and \(received.unseen("e"))
            and replication.is_for(e.via, \(targetNode.number)::int)
            and not replication.is_excluded(e.relation, \(targetNode.number)::int)
        order by e.relation, e.changed_at desc, e.origin desc
        """
    }

    private func read(truncates rows: [Row]) throws -> [Int: Truncate] {
        var found: [Int: Truncate] = [:]
        for row in rows {
            found[try row.int("relation")] = Truncate(
                changedAt: try row.string("changed_at"), origin: try row.int("origin"))
        }
        return found
    }
}

extension Connection {
    /// One table whose log holds something that a watermark does not show.
    struct PendingTable {
        let relation: Int
        /// Whether some of it did not come from the neighbour itself.
        let isSendable: Bool

        init(_ row: Row) throws {
            relation = try row.int("relation")
            isSendable = try row.bool("sendable")
        }
    }

    /// The tables of which rows from a neighbour wait here.
    func quarantined(from neighbour: Int) throws -> Set<Int> {
        let rows = try query(
            """
            select distinct relation
            from replication.quarantine
            where neighbour = \(neighbour)
            """)
        return Set(try rows.map { try $0.int("relation") })
    }
}

extension Direction {
    /// A look before the snapshot: the tables that will probably be read, each with its name as a
    /// LOCK statement needs it, and its size.
    func tablesToLock(
        owed: [Int: Int]
    ) throws -> (names: [Int: String], sizes: [Int: TableSize]) {
        guard looksFirst else { return ([:], [:]) }
        return try sizes(
            where: "r.id in (\(probablyPending())) or r.id = any (\(owed.values.sorted()))")
    }

    /// The tables of which rows wait at the target: their numbers there, and at the source.
    func owedTables() throws -> [Int: Int] {
        guard known == nil else { return [:] }
        let waiting = try target.quarantined(from: sourceNode.number)
        guard !waiting.isEmpty else { return [:] }
        var found: [Int: Int] = [:]
        for relation in try Relation.load(target, ids: waiting.sorted()) {
            found[relation.id] = try numbers(of: [relation], at: source).first
        }
        return found
    }

    /// The numbers of the tables of which something is probably pending.
    private func probablyPending() throws -> SQL {
        let here = try known?.bySource ?? Neighbour.all(source, number: targetNode.number).first
        let there = try known?.byTarget ?? Neighbour.all(target, number: sourceNode.number).first
        guard let watermark = there?.received ?? here?.wayBack else {
            return """
                select p.id
                from replication.relation as p
                where not replication.is_excluded(p.id, \(targetNode.number)::int)
                """
        }
        return """
            select p.relation
            from replication.pending(\(watermark.text)::pg_snapshot, \(targetNode.number)::int) as p
            where p.sendable
            union all
            select e.relation
            from replication.event as e
            where e.kind = 'truncate'
                and \(watermark.unseen("e"))
            """
    }
}
