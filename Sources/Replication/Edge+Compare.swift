import Postgres

/// Large objects that differ although no row says so: lo_write alone changes no row, and no trigger
/// fires.
extension Edge {
    /// One of the two databases of an edge.
    public enum End: Sendable, Hashable {
        /// The first one.
        case a
        /// The second one.
        case b
    }

    /// Compares the large objects of the rows that both sides have, and changes nothing. Rows that
    /// are to be synced are left out.
    ///
    /// - Parameters:
    ///   - options: how long to wait for locks.
    ///   - listing: at most so many differences are listed.
    ///   - onProgress: told what happens right now.
    /// - Throws: `ReplicationError.notComparable` where a sync must come first, and what a sync throws
    ///   before it changes anything.
    public func compareObjects(
        _ options: SyncOptions = SyncOptions(), listing: Int = 10_000,
        onProgress: @escaping (Progress) -> Void = { _ in }
    ) throws -> ObjectComparison {
        try withLock { _ in
            try compare(options, listing: listing, onProgress: onProgress).found
        }
    }

    /// The same with so many pairs of objects looked at in one go: the numbers of one side's pass
    /// through the agent.
    func compareObjects(
        listing: Int = 10_000, atOnce: Int
    ) throws -> ObjectComparison {
        try withLock { _ in
            try compare(SyncOptions(), listing: listing, atOnce: atOnce) { _ in }.found
        }
    }

    /// Gives the other side the contents that one side has, where they differ: the rows count as
    /// changed on that side now, and an ordinary sync follows. Rows that name an object which is not
    /// there on that side are left out, as the sync would remove the other side's.
    ///
    /// - Parameters:
    ///   - end: whose contents are taken.
    ///   - options: those of the sync.
    public func repairObjects(
        from end: End, _ options: SyncOptions = SyncOptions(), listing: Int = 10_000,
        onProgress: @escaping (Progress) -> Void = { _ in }
    ) throws -> ObjectRepair {
        // The session has the lock already when the sync takes it once more.
        try withLock { _ in
            let name = end == .a ? nodeA.name : nodeB.name
            let (before, rows, leftOut) = try compare(
                options, repairingFrom: end, listing: listing, onProgress: onProgress)
            guard rows > 0 else {
                return ObjectRepair(
                    from: name, rows: 0, leftOut: leftOut, before: before, sync: nil, after: before)
            }
            let report = try sync(options, onProgress: onProgress)
            let after = try compare(options, listing: listing, onProgress: onProgress).found
            return ObjectRepair(
                from: name, rows: rows, leftOut: leftOut, before: before, sync: report, after: after
            )
        }
    }

    private func compare(
        _ options: SyncOptions, repairingFrom end: End? = nil, listing: Int, atOnce: Int = 10_000,
        onProgress: @escaping (Progress) -> Void
    ) throws -> (found: ObjectComparison, rows: Int, leftOut: Int) {
        var found = ObjectComparison(nodeA, nodeB)
        found.warnings = try checkComparable()
        let tables = try tablesWithObjects()
        found.tables = tables.count
        guard !tables.isEmpty else { return (found, 0, 0) }
        do {
            return try b.transaction("begin isolation level repeatable read") {
                try a.transaction("begin isolation level repeatable read") {
                    try lock(tables.map(\.b), at: b, options)
                    try lock(tables.map(\.a), at: a, options)
                    try collect(tables)
                    try compareContents(atOnce: atOnce, onProgress)
                    try count(&found)
                    for table in tables where found.differences.count < listing {
                        found.differences += try differences(
                            of: table, limit: listing - found.differences.count)
                    }
                    guard let end, !found.isLevel else { return (found, 0, 0) }
                    let (rows, leftOut) = try log(tables, at: end)
                    return (found, rows, leftOut)
                }
            }
        } catch let error as PostgresError where error.sqlstate == SQLState.insufficientPrivilege {
            let side = error.database == a.label ? a : b
            throw ReplicationError.objectForbidden(
                database: side.label, role: side.user, because: error.message, isSource: true)
        }
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

    /// The tables that have columns with large objects on either side.
    private func tablesWithObjects() throws -> [TableComparison] {
        guard let knownToA = try Neighbour.all(a, number: nodeB.number).first,
            let knownToB = try Neighbour.all(b, number: nodeA.number).first,
            let appliedByB = knownToB.received ?? knownToA.wayBack,
            let appliedByA = knownToA.received ?? knownToB.wayBack
        else {
            throw ReplicationError.notComparable(
                nodeA.label, nodeB.label, because: ["they have never been"])
        }
        let names = try Set([a, b].flatMap(namesOfTablesWithObjects)).sorted()
        let ofA = try relations(names, at: a)
        let ofB = try relations(names, at: b)
        return names.compactMap { name in
            guard let here = ofA[name], let there = ofB[name] else { return nil }
            let table = TableComparison(
                a: here.shared(with: there), b: there.shared(with: here), numberA: nodeA.number,
                numberB: nodeB.number, appliedByB: appliedByB, appliedByA: appliedByA)
            return table.objects.isEmpty ? nil : table
        }
    }

    private func namesOfTablesWithObjects(_ side: Connection) throws -> [String] {
        try side.query(
            """
            select format('%I.%I', n.nspname, c.relname) as name
            from replication.relation as r
                join pg_class as c on c.oid = r.relid
                join pg_namespace as n on n.oid = c.relnamespace
            where n.nspname <> 'replication'
                and exists (select from replication.object_columns(r.relid))
            """
        ).map { try $0.string("name") }
    }

    private func relations(_ names: [String], at side: Connection) throws -> [String: Relation] {
        return Dictionary(
            try Relation.load(side, ids: side.relationNumbers(names)).map { ($0.fullName, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Before the snapshot is taken: an older one would show a table empty that was rewritten since.
    private func lock(
        _ relations: [Relation], at side: Connection, _ options: SyncOptions
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
