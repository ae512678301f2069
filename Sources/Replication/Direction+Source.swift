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
        /// The tables of which something must be sent, by their numbers at the source.
        let pending: [Int]
        /// Whether the source's logs hold anything that the watermark does not show, if only what
        /// came from the target: it must be noted, or the source could never purge it.
        let isWatermarkBehind: Bool
        /// The tables of which rows wait at the target, by their numbers there.
        let owed: Set<Int>
        /// The tables of which rows of the target's wait at the source, by their numbers there.
        let blind: Set<Int>
        /// The newest TRUNCATE of each table that is pending.
        let truncates: [Int: Truncate]
    }

    /// A pending TRUNCATE: its version.
    struct Truncate {
        let changedAt: String
        let origin: Int
    }

    /// Locks the tables that will be read, in a mode that only DROP and rewriting ALTER TABLE
    /// conflict with, and only then takes the snapshot: after a rewrite, an older one would show an
    /// empty table, and every pending key would look deleted.
    func openSource(
        _ lockable: [Int: String], owed: [Int: Int], received: Neighbour
    ) throws -> Opened {
        try lockSource(lockable.sorted { $0.key < $1.key }.map(\.value))
        let rows = try source.query("select pg_current_snapshot() as snapshot")
        let neighbours = try Neighbour.all(source, number: targetNode.number)
        guard let snapshot = try rows.first.flatMap({ Watermark(try $0.string("snapshot")) }),
            let neighbour = neighbours.first
        else {
            throw ReplicationError.notNeighbours(sourceNode.name, targetNode.name)
        }
        let terms = try terms(source: neighbour, target: received)
        let logged = try source.pendingTables(
            received: terms.isFirst ? nil : terms.received, target: targetNode.number)
        let truncates = try pendingTruncates(terms)
        let pending =
            terms.isFirst
            ? try source.allRelations()
            : Set(logged.filter(\.isSendable).map(\.relation)).union(truncates.keys)
                .union(owed.values).sorted()
        guard Set(pending).isSubset(of: lockable.keys) else {
            // A table came into it between the look and the lock: begin again with all.
            throw ReplicationError.tooBusy(database: source.label, table: "(any)")
        }
        return Opened(
            terms: terms, snapshot: snapshot, neighbour: neighbour, pending: pending,
            isWatermarkBehind: try !logged.isEmpty || hasUnseenEvent(terms.received),
            owed: Set(owed.keys), blind: try source.quarantined(from: targetNode.number),
            truncates: truncates)
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
                && !owesRows())
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

    /// The names were looked up before the transaction began: any query in it would take the
    /// snapshot, and LOCK and SET do not.
    func lockSource(_ names: [String]) throws {
        guard !names.isEmpty else { return }
        try limitLockWaits(at: source)
        do {
            try source.script("lock table \(names.joined(separator: ", ")) in access share mode")
        } catch let error as PostgresError
            where [SQLState.undefinedTable, SQLState.undefinedSchema].contains(error.sqlstate)
        {
            // One was dropped, renamed or moved since its name was looked up.
            throw ReplicationError.tooBusy(database: source.label, table: "(any)")
        }
    }

    /// No statement of this transaction waits for a lock for longer than the user said. Takes no
    /// snapshot.
    func limitLockWaits(at database: Connection) throws {
        try database.script(limitOfLockWaits)
    }

    var limitOfLockWaits: String {
        "set local lock_timeout = \(quoteLiteral("\(Retry.lockTimeout(options))ms"))"
    }

    /// The newest TRUNCATE of each table that the target has not heard of. Over a new edge there is
    /// none: the target gets all rows.
    func pendingTruncates(_ terms: TableWork.Terms) throws -> [Int: Truncate] {
        if terms.isFirst, !terms.isReturn { return [:] }
        var found: [Int: Truncate] = [:]
        let rows = try source.query(
            """
            select distinct on (e.relation) e.relation, e.changed_at, e.origin
            from replication.event as e
            where e.kind = 'truncate'
                and \(terms.received.unseen("e"))
                and replication.is_for(e.via, \(terms.target)::int)
            order by e.relation, e.changed_at desc, e.origin desc
            """)
        for row in rows {
            found[try row.int("relation")] = Truncate(
                changedAt: try row.string("changed_at"), origin: try row.int("origin"))
        }
        return found
    }

    private func hasUnseenEvent(_ watermark: Watermark) throws -> Bool {
        let rows = try source.query(
            "select exists (select from replication.event as e where \(watermark.unseen("e"))) as yes"
        )
        return try rows.first?.bool("yes") ?? false
    }
}

extension Connection {
    /// One table whose log holds something that a watermark does not show.
    struct PendingTable {
        let relation: Int
        /// Whether some of it did not come from the neighbour itself.
        let isSendable: Bool
    }

    func pendingTables(received: Watermark?, target: Int) throws -> [PendingTable] {
        try query(
            """
            select relation, sendable
            from replication.pending(\(received?.text)::pg_snapshot, \(target)::int)
            """
        ).map { row in
            PendingTable(
                relation: try row.int("relation"), isSendable: try row.bool("sendable"))
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

    /// The numbers of all replicated tables.
    func allRelations() throws -> [Int] {
        try query("select id from replication.relation order by id").map { try $0.int("id") }
    }
}

extension Direction {
    /// A look before the snapshot: the tables that will probably be read, each with its name as a
    /// LOCK statement needs it.
    func tablesToLock(owed: [Int: Int]) throws -> [Int: String] {
        let relations = try probablyPending() + owed.values
        let rows = try source.query(
            """
            select r.id, case r.kind when 'i' then 'only ' else '' end || r.relid as name
            from replication.relation as r
            where r.id = any (\(relations))
            """)
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try $0.int("id"), try $0.string("name")) })
    }

    /// The tables of which rows wait at the target: their numbers there, and at the source.
    func owedTables() throws -> [Int: Int] {
        let waiting = try target.quarantined(from: sourceNode.number)
        guard !waiting.isEmpty else { return [:] }
        var found: [Int: Int] = [:]
        for relation in try Relation.load(target, ids: waiting.sorted()) {
            found[relation.id] = try numbers(of: [relation], at: source).first
        }
        return found
    }

    private func probablyPending() throws -> [Int] {
        let here = try Neighbour.all(source, number: targetNode.number).first
        let there = try Neighbour.all(target, number: sourceNode.number).first
        guard let watermark = there?.received ?? here?.wayBack else {
            return try source.allRelations()
        }
        let logged = try source.pendingTables(received: watermark, target: targetNode.number)
        let truncated = try source.query(
            """
            select distinct e.relation
            from replication.event as e
            where e.kind = 'truncate'
                and \(watermark.unseen("e"))
            """)
        return try Set(logged.map(\.relation)).union(truncated.map { try $0.int("relation") })
            .sorted()
    }
}
