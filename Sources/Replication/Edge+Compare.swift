import Postgres

/// What differs between two neighbours although no log says so: rows that were written past the triggers,
/// by a node that was restored in part, by triggers of one side alone; and large objects, as lo_write alone
/// changes no row, and no trigger fires.
extension Edge {
    /// One of the two databases of an edge.
    public enum End: Sendable, Hashable {
        /// The first one.
        case a
        /// The second one.
        case b
    }

    /// Compares the rows of both sides, and the contents of the large objects that they name, and changes
    /// nothing. What is still to be synced is told apart.
    ///
    /// - Parameters:
    ///   - options: what is compared.
    ///   - onProgress: told what happens right now.
    /// - Throws: `ReplicationError.notComparable` where a sync must come first, and what a sync throws
    ///   before it changes anything.
    public func compare(
        _ options: CompareOptions = CompareOptions(),
        onProgress: @escaping (Progress) -> Void = { _ in }
    ) throws -> Comparison {
        try withLock { _ in
            try compare(options, onProgress: onProgress).found
        }
    }

    /// The same with so many pairs of objects looked at in one go: the numbers of one side's pass
    /// through the agent.
    func compareObjects(
        listing: Int = 10_000, atOnce: Int = 10_000
    ) throws -> ObjectComparison {
        var options = CompareOptions()
        options.listing = listing
        return try withLock { _ in
            try compare(options, atOnce: atOnce) { _ in }.found.objects
        }
    }

    /// Gives the other side what one side has, where they differ: the rows count as changed on that side
    /// now, and an ordinary sync follows. What the other side had then stands in the history of conflicts.
    /// Rows that name an object which is not there on that side are left out, as the sync would remove the
    /// other side's.
    ///
    /// - Parameters:
    ///   - end: whose rows and contents are taken.
    ///   - options: what is compared.
    ///   - sync: the options of the sync; with a dry run nothing is done, and only said.
    public func repair(
        from end: End, _ options: CompareOptions = CompareOptions(),
        sync syncOptions: SyncOptions = SyncOptions(),
        onProgress: @escaping (Progress) -> Void = { _ in }
    ) throws -> Repair {
        // The session has the lock already when the sync takes it once more.
        try withLock { _ in
            let name = end == .a ? nodeA.name : nodeB.name
            let isDryRun = syncOptions.isDryRun
            // Before anything is logged that would travel when it goes on.
            if !isDryRun { try checkNotPaused() }
            let (before, rows, leftOut) = try compare(
                options, repairingFrom: end, isDryRun: isDryRun, onProgress: onProgress)
            guard rows > 0, !isDryRun else {
                return Repair(
                    from: name, isDryRun: isDryRun, rows: rows, leftOut: leftOut, before: before,
                    sync: nil, after: before)
            }
            let report = try sync(syncOptions, onProgress: onProgress)
            var again = options
            again.tables = before.differingTables
            again.percent = nil
            let after = try compare(again, onProgress: onProgress).found
            return Repair(
                from: name, isDryRun: false, rows: rows, leftOut: leftOut, before: before,
                sync: report, after: after)
        }
    }

    private func compare(
        _ options: CompareOptions, repairingFrom end: End? = nil, isDryRun: Bool = false,
        atOnce: Int = 10_000, onProgress: @escaping (Progress) -> Void
    ) throws -> (found: Comparison, rows: Int, leftOut: Int) {
        var found = Comparison(
            a: nodeA.name, b: nodeB.name, objects: ObjectComparison(nodeA, nodeB))
        found.warnings = try checkComparable()
        let tables = try comparedTables(options)
        let objects = tables.map(\.objects).filter { !$0.objects.isEmpty }
        found.objects.tables = objects.count
        guard !tables.isEmpty else { return (found, 0, 0) }
        // The chosen side commits first: should the agent die between the two, what the other one had is not
        // recorded. The other way round, its rows would travel as if they were news.
        let (outer, inner) = end == .b ? (a, b) : (b, a)
        return try outer.transaction("begin isolation level repeatable read") {
            try inner.transaction("begin isolation level repeatable read") {
                try lock(tables.map(\.rows.b.relation), at: b, options)
                try lock(tables.map(\.rows.a.relation), at: a, options)
                found.rows = try compareRows(tables.map(\.rows), options, onProgress: onProgress)
                if !objects.isEmpty {
                    try compareObjects(
                        objects, &found.objects, listing: options.listing, atOnce: atOnce,
                        onProgress)
                }
                guard let end else { return (found, 0, 0) }
                if !isDryRun {
                    // Before the other side's commit nothing of it may be lost, not by a crash either.
                    try inner.execute("set local synchronous_commit = on")
                }
                let rows = isDryRun ? found.rows.differing : try log(found.rows, tables, at: end)
                guard !found.objects.isLevel else { return (found, rows, 0) }
                let counts = try log(objects, at: end, isDryRun: isDryRun)
                return (found, rows + counts.rows, counts.leftOut)
            }
        }
    }

    private func compareObjects(
        _ tables: [TableComparison], _ found: inout ObjectComparison, listing: Int, atOnce: Int,
        _ onProgress: (Progress) -> Void
    ) throws {
        do {
            try collect(tables)
            try compareContents(atOnce: atOnce, onProgress)
            try count(tables, &found)
            for table in tables where found.differences.count < listing {
                found.differences += try differences(
                    of: table, limit: listing - found.differences.count)
            }
        } catch let error as PostgresError where error.sqlstate == SQLState.insufficientPrivilege {
            let side = error.database == a.label ? a : b
            throw ReplicationError.objectForbidden(
                database: side.label, role: side.user, because: error.message, isSource: true)
        }
    }

    /// Logs what differs as changed on one side, and what the other has of it as its losing rival.
    private func log(
        _ found: RowComparison, _ tables: [(rows: ComparedTable, objects: TableComparison)],
        at end: End
    ) throws -> Int {
        let differing = Set(found.tables.filter { $0.differing > 0 }.map(\.name))
        for (table, _) in tables where differing.contains(table.name) {
            let (winner, loser) = end == .a ? (table.a, table.b) : (table.b, table.a)
            try (end == .a ? a : b).execute(winner.logAsChanged)
            try (end == .a ? b : a).execute(loser.logAsLosing)
        }
        return found.differing
    }

    /// What a sync makes sure of, too. Returns what it would put right, and columns that only one side
    /// has.
    private func checkComparable() throws -> [String] {
        var options = SyncOptions()
        options.isDryRun = true
        let unmended = try check(options).map { "the next sync mends: \($0)" }
        let pending = try [(a, nodeA, b, nodeB), (b, nodeB, a, nodeA)].flatMap { way in
            try Direction(
                source: way.0, target: way.2, sourceNode: way.1, targetNode: way.3,
                options: options, logger: logger, onProgress: { _ in }
            ).pendingSchemaChanges().map { "\(way.1.label) has changed its schema: \($0.line)" }
        }
        guard pending.isEmpty else {
            throw ReplicationError.notComparable(nodeA.label, nodeB.label, because: pending)
        }
        return try unmended + checkShapes()
    }

    /// The tables that are compared, by name: their rows, and their columns with large objects.
    private func comparedTables(
        _ options: CompareOptions
    ) throws -> [(rows: ComparedTable, objects: TableComparison)] {
        guard let knownToA = try Neighbour.all(a, number: nodeB.number).first,
            let knownToB = try Neighbour.all(b, number: nodeA.number).first,
            let appliedByB = knownToB.received ?? knownToA.wayBack,
            let appliedByA = knownToA.received ?? knownToB.wayBack
        else {
            throw ReplicationError.notComparable(
                nodeA.label, nodeB.label, because: ["they have never been"])
        }
        let ofA = try relations(options.tables, at: a)
        let ofB = try relations(options.tables, at: b)
        let names = ofA.keys.filter { ofB[$0] != nil }.sorted().filter { name in
            !(ofA[name]?.filters[nodeB.number]?.isExcluded ?? false)
        }
        let both = names.compactMap { name in ofA[name].map { here in (here, ofB[name]) } }
        let orders = (
            try KeyOrder.load(a, both.map(\.0)), try KeyOrder.load(b, both.compactMap(\.1))
        )
        let sizes = (
            try TableSize.load(a, ids: both.map(\.0.id)),
            try TableSize.load(b, ids: both.compactMap(\.1?.id))
        )
        let digest = try commonDigest()
        return both.compactMap { here, there in
            guard let there else { return nil }
            let objects = TableComparison(
                a: here.crossing(to: there, from: nodeA.number, to: nodeB.number),
                b: there.crossing(to: here, from: nodeB.number, to: nodeA.number),
                numberA: nodeA.number,
                numberB: nodeB.number, appliedByB: appliedByB, appliedByA: appliedByA,
                percent: options.percent)
            let held = Set(objects.objects)
            let columns = objects.a.columns.filter { !$0.isGenerated && !held.contains($0.name) }
            let order = orders.0[here.id] ?? []
            let orderAtB = order.compactMap { key in
                orders.1[there.id]?.first { $0.name == key.name }
            }
            guard !order.isEmpty, order.count == orderAtB.count else { return nil }
            let side = { (relation: Relation, order: [KeyOrder], node: Node, other: Node) in
                ComparedSide(
                    relation: relation, order: order, columns: columns.map(\.name), digest: digest,
                    node: node.number, neighbour: other.number,
                    applied: node == nodeA ? appliedByB : appliedByA)
            }
            let none = TableSize(rows: 0, pages: 0)
            let (sizeA, sizeB) = (sizes.0[here.id] ?? none, sizes.1[there.id] ?? none)
            let rows = ComparedTable(
                a: side(objects.a, order, nodeA, nodeB),
                b: side(objects.b, orderAtB, nodeB, nodeA),
                estimate: sizeA.rows > sizeB.rows ? sizeA : sizeB,
                isLargerAtA: sizeA.rows > sizeB.rows)
            return (rows, objects)
        }
    }

    /// The hash that both servers compute alike, which PostgreSQL promises only for one byte order, and
    /// only for equal bytes.
    private func commonDigest() throws -> ComparedSide.Digest {
        let question: SQL = """
            select format('%s %s', hashtextextended('trompe' collate "C", 0),
                    current_setting('server_encoding')) as probe
            """
        let probes = try [a, b].map { try $0.query(question).first?.string("probe") }
        return probes[0] == probes[1] ? .native : .portable
    }

    /// The users' tables of one side, by name: all, or those that are asked for, which it must have.
    private func relations(
        _ asked: [String], at side: Connection
    ) throws -> [String: Relation] {
        var names = try asked.map { table in
            guard let found = try side.replicatedTable(table) else {
                throw ReplicationError.unknownTable(database: side.label, table: table)
            }
            return found.fullName
        }
        if asked.isEmpty {
            names = try side.query(
                """
                select format('%I.%I', n.nspname, c.relname) as name
                from replication.relation as r
                    join pg_class as c on c.oid = r.relid
                    join pg_namespace as n on n.oid = c.relnamespace
                where n.nspname <> 'replication'
                """
            ).map { try $0.string("name") }
        }
        return Dictionary(
            try Relation.load(side, ids: side.relationNumbers(names)).map { ($0.fullName, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Before the snapshot is taken: an older one would show a table empty that was rewritten since.
    private func lock(
        _ relations: [Relation], at side: Connection, _ options: CompareOptions
    ) throws {
        let names = relations.map(\.rows.text).joined(separator: ", ")
        let timeout = "\(options.lockTimeoutMilliseconds)ms"
        try side.script("set local lock_timeout = \(quoteLiteral(timeout))")
        do {
            try side.script("lock table \(names) in access share mode")
        } catch let error as PostgresError where error.sqlstate == SQLState.lockNotAvailable {
            throw LockHolder.named(in: error, at: side)
        }
    }
}
