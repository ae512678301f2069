import Logging
import Postgres

/// One pull: what is pending at the source for the target, applied in one transaction on the target.
///
/// A plain sequence of steps over two connections, from the snapshot of the source to the commit of
/// the target; each step stands in a file of its own.
struct Direction {
    let source: Connection
    let target: Connection
    let sourceNode: Node
    let targetNode: Node
    let options: SyncOptions
    let logger: Logger
    let onProgress: (Progress) -> Void
    /// By how much the source's clock is ahead of the target's; nil where it was not measured.
    var clockSkew: ClockSkew?
    /// Whether the shapes of both sides are still to be compared, as changes of schema were pending.
    var checksShapes = false
    /// The changes of schema that were pending when the sync began.
    var expected: [SchemaChange] = []
    /// Those that both sides have made: they count as done.
    var alike: Set<String> = []

    /// Whether rows that meet no change of the target's may be applied without a decision.
    var mayGoStraight = true

    /// Runs it, again where only the moment was wrong: a deadlock, a lock that was not to be had in
    /// time, a row that changed while it was decided.
    func run() throws -> DirectionReport {
        var retry = Retry(limit: options.retryLimit)
        var attempt = self
        while true {
            var staged: [StagedRows] = []
            do {
                var report = try attempt.once(&staged)
                report.retries = retry.count
                if report.hasStagings {
                    staged = []
                    try target.execute("select replication.sweep_staging()")
                }
                return report
            } catch is StraightFailed {
                logger.debug(
                    "\(sourceNode.name) -> \(targetNode.name) begins again: each row is decided")
                attempt.mayGoStraight = false
            } catch let error as PostgresError where error.isConnectionFailure && !staged.isEmpty {
                throw ReplicationError.cutOff(
                    because: "\(error.database): \(error.message)", target: targetNode.name,
                    staged: staged.map(\.description),
                    isFurther: staged.contains { $0.brought > 0 })
            } catch  where retry.isWorthwhile(error) {
                let why = Retry.summary(error)
                logger.notice("\(sourceNode.name) -> \(targetNode.name) begins again: \(why)")
                Retry.wait(after: retry.count - 1)
            } catch let error as PostgresError where error.sqlstate == SQLState.lockNotAvailable {
                throw LockHolder.named(
                    in: error, at: error.database == source.label ? source : target)
            }
        }
    }

    private func once(_ staged: inout [StagedRows]) throws -> DirectionReport {
        let clock = ContinuousClock()
        let begin = clock.now
        var early = try commitEnumValues(expected)
        let owed = try owedTables()
        let lockable = try tablesToLock(owed: owed)
        let isStaged = try isStaged(lockable)
        if isStaged.wasTried { early += try commitSchemaOfLargeBacklog() }
        // What is staged before has the shape that the target's tables have now.
        if try isStaged.always && (expected.isEmpty || pendingSchemaChanges().isEmpty) {
            try prestage(lockable, staged: &staged)
        }
        do {
            return try target.transaction("begin isolation level read committed") {
                let before = try prepareTarget()
                var report = try source.transaction(
                    "begin isolation level repeatable read read only; \(Self.memory)"
                ) {
                    try pull(lockable, owed: owed, before: before)
                }
                report.schemaChanges = early.map(\.line) + report.schemaChanges
                report.seconds = (clock.now - begin).seconds
                if options.isDryRun {
                    report.isDryRun = true
                    throw DryRun(report: report)
                }
                if report.isWatermarkNew { try offer(newest: report.newestChange) }
                return report
            }
        } catch let dryRun as DryRun {
            return dryRun.report
        }
    }

    /// Ends a direction that is only tried: the transaction is rolled back.
    private struct DryRun: Error {
        let report: DirectionReport
    }

    /// Locks the neighbour's row, so that no other agent's backend can write an older watermark over
    /// a newer one, and leaves the role in which triggers fire. Returns the target's snapshot from
    /// before this transaction wrote anything.
    func prepareTarget() throws -> (snapshot: String, neighbour: Neighbour) {
        let timeout = "\(Retry.lockTimeout(options))ms"
        let first = try target.query(
            """
            select replication.snapshot_before_writing() as snapshot,
                set_config('lock_timeout', \(timeout), true)
            """)
        try target.execute(
            "select from replication.neighbour where number = \(sourceNode.number) for update")
        // What the source hears of as done must not be lost in a crash.
        try target.script(
            """
            set local synchronous_commit = on;
            set local session_replication_role = replica;
            \(Self.memory)
            """)
        let neighbours = try Neighbour.all(target, number: sourceNode.number)
        guard let snapshot = try first.first?.string("snapshot"), let neighbour = neighbours.first
        else {
            throw ReplicationError.notNeighbours(sourceNode.name, targetNode.name)
        }
        if !options.isRejoin { try neighbour.checkJoined(targetNode, sourceNode) }
        return (snapshot, neighbour)
    }

    /// For sorting and joining a backlog: what a server is set to mostly makes it write files.
    private static let memory = "set local work_mem = '64MB'"

    /// All that happens while the source's snapshot is open.
    private func pull(
        _ lockable: [Int: String], owed: [Int: Int],
        before: (snapshot: String, neighbour: Neighbour)
    ) throws -> DirectionReport {
        var report = DirectionReport(source: sourceNode.name, target: targetNode.name)
        let opened = try openSource(lockable, owed: owed, received: before.neighbour)
        report.isFirst = opened.terms.isFirst
        guard opened.terms.isFirst || !opened.pending.isEmpty || opened.isWatermarkBehind else {
            try noteContact(opened.neighbour)
            return report
        }
        logger.debug(
            "\(sourceNode.name) -> \(targetNode.name): staging \(opened.pending.count) tables")
        var schema = try applySchema(opened, received: before.neighbour)
        let settings = try settings()
        var works = try stage(opened, report: &report)
        try checkTargetSchema()
        try translateObjects(works)
        try settle(&works, report: report)
        logger.debug("recording")
        try record(works, report: &report)
        try applyDeferred(&schema, terms: opened.terms)
        try refreshViews(schema)
        report.schemaChanges = schema.done.map(\.line)
        try checkSettings(settings, works: works)
        guard opened.terms.isFirst || opened.isWatermarkBehind || !report.isEmpty else {
            // Rows that wait were asked for, and still do.
            try noteContact(opened.neighbour)
            return report
        }
        // A first direction looks at all numbers, not at those alone that arrived.
        if !report.isFirst { try passNumbers(works, report) }
        try finish(opened, before: before, report: report)
        report.hasStagings = try forgetStagings()
        report.isWatermarkNew = true
        return report
    }
}

extension Duration {
    /// As a number, for a report.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
