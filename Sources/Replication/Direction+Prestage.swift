import Postgres

/// Before a direction: large backlogs are brought over in pieces, each of which stays when the link
/// drops. What happens to them is then decided as ever, in one transaction.
extension Direction {
    /// How often what has changed meanwhile is staged as well, at most.
    private static let passes = 3

    /// Stages the largest of the tables that are probably pending, until what is left to the
    /// direction itself is little; then again what has changed meanwhile. What is staged already is
    /// noted in `staged`, for the message of a link that drops.
    func prestage(_ lockable: [Int: String], staged: inout [StagedRows]) throws {
        guard !options.isDryRun, !lockable.isEmpty,
            let here = try Neighbour.all(source, number: targetNode.number).first,
            let there = try Neighbour.all(target, number: sourceNode.number).first
        else { return }
        let terms = try terms(source: here, target: there)
        let relations = lockable.keys.sorted()
        let rest = options.stagingBytes ?? SyncOptions.largeBytes
        for _ in 0..<Self.passes {
            let sizes = try sizes(where: "r.id = any (\(relations))").sizes
            guard sizes.values.reduce(0, { $0 + $1.most }) >= rest else { return }
            let tables = try prestageable(relations, terms)
            for table in tables where table.staging != nil {
                _ = try note(table, in: &staged)
            }
            let backlogs = try tables.compactMap { try backlog(of: $0, size: sizes[$0.source.id]) }
            let large = Backlog.largest(backlogs, leaving: rest)
            if large.isEmpty { return }
            for table in large {
                try prestage(table, lock: lockable[table.source.id] ?? "", staged: &staged)
            }
        }
    }

    /// Notes how much is staged of a table; answers at which place.
    private func note(_ table: TableWork, in staged: inout [StagedRows]) throws -> Int {
        let size = try size(of: table)
        guard let index = staged.firstIndex(where: { $0.table == size.table }) else {
            staged.append(size)
            return staged.endIndex - 1
        }
        staged[index].rows = size.rows
        staged[index].bytes = size.bytes
        return index
    }

    /// The tables with what is staged of them, as far as that is worth something.
    private func prestageable(_ relations: [Int], _ terms: TableWork.Terms) throws -> [TableWork] {
        let sources = try Relation.load(source, ids: relations)
        let targets = try Relation.load(target, ids: try numbers(of: sources, at: target))
        let byName = Dictionary(
            targets.map { ($0.fullName, $0) }, uniquingKeysWith: { first, _ in first })
        let stagings = try Staging.all(target, neighbour: sourceNode.number)
        let truncates = try pendingTruncates(terms)
        return try sources.compactMap { relation in
            guard let counterpart = byName[relation.fullName] else { return nil }
            // Which columns have changed is staged where the source knows it: the policy may come
            // with this very direction.
            var table = TableWork(
                source: relation.crossing(
                    to: counterpart, from: sourceNode.number, to: targetNode.number),
                target: counterpart.crossing(
                    to: relation, from: targetNode.number, to: sourceNode.number), terms: terms,
                policy: relation.logsColumns ? .columns : .newest,
                isTruncated: truncates[relation.id] != nil, staging: stagings[counterpart.id])
            if try !isUsable(table) { table.staging = nil }
            return table
        }
    }

    /// One table: begins, or goes on, or takes in what has changed since.
    private func prestage(
        _ table: TableWork, lock: String, staged: inout [StagedRows]
    ) throws {
        var table = table
        if table.staging == nil {
            try begin(&table)
        } else if table.staging?.isComplete ?? false {
            try beginAgain(&table, lock: lock)
        }
        guard let staging = table.staging else { return }
        let index = try note(table, in: &staged)
        try bringRest(of: table, staging, lock: lock, staged: &staged[index])
        try target.execute(staging.analyze)
        try target.execute(
            "update replication.staging set is_complete = true where id = \(staging.id)::int")
    }

    private func size(of table: TableWork) throws -> StagedRows {
        let size = try target.query(table.sizeOfStage).first
        return StagedRows(
            table: table.target.fullName, rows: try size?.int("rows") ?? 0,
            bytes: try size?.int("bytes") ?? 0)
    }

    /// Whether what is staged of a table is still worth something: begun under the watermark and the
    /// shape that hold now, from a source that has not lost what was sent.
    func isUsable(_ table: TableWork) throws -> Bool {
        guard let staging = table.staging else { return false }
        let received = table.terms.isFirst ? nil : table.terms.received.text
        return try staging.received == received
            && staging.layout == layout(table)
            && staging.isKnown(
                to: source, relation: table.source.id, neighbour: targetNode.number)
    }

    private func layout(_ table: TableWork) throws -> String {
        let storage = try source.query(
            """
            select string_agg(
                    format('%s:%s', p.relid::oid, pg_relation_filenode(p.relid)), ' '
                    order by p.relid::oid
                ) as storage
            from replication.relation as r
                cross join lateral replication.parts_of(r.relid) as p
            where r.id = \(table.source.id)
            """)
        return table.layout(storage: try storage.first?.optionalString("storage") ?? "")
    }

    private func begin(_ table: inout TableWork) throws {
        // A mark that is held with something worthless must not be made good again: should the link
        // drop here, that would be taken for the truth.
        let (base, mark) = try Staging.makeBase(
            source, neighbour: targetNode.number, relation: table.source.id, held: nil)
        let received = table.terms.isFirst ? nil : table.terms.received.text
        logger.debug("\(table.target.fullName): begins to be staged")
        try target.execute(
            """
            select replication.make_staging(\(sourceNode.number)::int, \(table.target.id)::int,
                \(received), \(try layout(table)), \(base)::pg_snapshot, \(mark)::uuid)
            """)
        table.staging = try Staging.all(target, neighbour: sourceNode.number)[table.target.id]
    }

    /// Takes a new base: what has changed since the old one is removed from the stage, and staged
    /// anew like a backlog of its own.
    private func beginAgain(_ table: inout TableWork, lock: String) throws {
        guard let old = table.staging else { return }
        let (base, mark) = try Staging.makeBase(
            source, neighbour: targetNode.number, relation: table.source.id, held: old.mark)
        logger.debug("\(table.target.fullName): much has changed since it was staged")
        let current = table
        try reading(lock) {
            try target.transaction {
                try removeChanged(current, since: old.base)
                try target.execute(
                    """
                    update replication.staging
                    set since = base,
                        base = \(base)::pg_snapshot,
                        mark = \(mark)::uuid,
                        is_complete = false,
                        first_seq = (
                            select coalesce(max(s.seq), 0) + 1
                            from \(current.stage) as s
                        )
                    where id = \(old.id)::int
                    """)
            }
        }
        table.staging = try Staging.all(target, neighbour: sourceNode.number)[table.target.id]
    }

    /// Removes from the stage what has changed at the source since a snapshot of it.
    private func removeChanged(_ table: TableWork, since base: Watermark) throws {
        try target.script(table.createGone)
        let keys = try source.copy(table.goneOut(base), to: target, into: table.goneIn)
        if keys.rows > 0 { try target.execute(table.removeGone) }
    }

    /// Fetches what has not arrived yet, in the order of the key and in pieces.
    private func bringRest(
        of table: TableWork, _ staging: Staging, lock: String, staged: inout StagedRows
    ) throws {
        let order = try KeyOrder.load(source, [table.source])[table.source.id] ?? []
        let boundary = try target.query(table.lastStaged(staging)).first.map { row in
            try order.indices.map { try row.string("b\($0 + 1)") }
        }
        if staged.rows > 0 {
            logger.debug("goes on where it stopped: \(staged.description) staged already")
            onProgress(.goingOn(table: staged.table, rows: staged.rows))
        }
        var progress = staged
        defer { staged = progress }
        try reading(lock) {
            // Between the look and the lock, the table may have been altered.
            guard try staging.layout == layout(table) else {
                throw ReplicationError.tooBusy(database: source.label, table: staged.table)
            }
            try source.copyInPieces(
                table.stageOut(staging, order: order, after: boundary), to: target,
                into: table.copyIn, isBinary: table.isBinary,
                pieces: CopyPieces(smallest: options.pieceBytes, largest: 8 << 20)
            ) { piece in
                progress.rows += piece.rows
                progress.bytes += piece.bytes
                progress.brought += piece.bytes
                onProgress(.staging(table: progress.table, rows: progress.rows))
            }
        }
    }

    /// A transaction of the source of its own, for reading one table.
    private func reading(_ lock: String, _ body: () throws -> Void) throws {
        try inSourceTransaction(locking: [lock]) { _ in try body() }
    }

    // MARK: - In the direction

    /// Brings what was staged of a table up to the snapshot of the direction. Returns what that
    /// moved, and how many rows are staged then.
    func refresh(_ table: TableWork, _ staging: Staging) throws -> (rows: Int, bytes: Int) {
        try removeChanged(table, since: staging.base)
        // In a first direction everything is sent, and nothing is asked for again.
        if table.owed != nil, !table.terms.isFirst { try target.execute(table.removeOwed) }
        let moved = try source.copy(
            table.changedOut(staging.base), to: target, into: table.copyIn)
        return (try size(of: table).rows, moved.bytes)
    }
}
