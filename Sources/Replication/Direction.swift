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

    /// What the sides know of each other, where all else was found to be as the last sync left it.
    var known: (bySource: Neighbour, byTarget: Neighbour)?
    /// Whether to look which tables will be read, before they are locked: not where none probably are.
    var looksFirst = true
    /// What the file says of the source, where the source is a database that stands in for it.
    var standIn: StandIn?
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
            } catch is LookFirst {
                attempt.looksFirst = true
            } catch is StraightFailed where attempt.mayGoStraight {
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
        let (lockable, sizes) = try tablesToLock(owed: owed)
        let isStaged = try isStaged(lockable, sizes)
        if isStaged.wasTried { early += try commitSchemaOfLargeBacklog() }
        // What is staged before has the shape that the target's tables have now.
        if try isStaged.always && (expected.isEmpty || pendingSchemaChanges().isEmpty) {
            try prestage(lockable, staged: &staged)
        }
        do {
            return try inTargetTransaction { before in
                var (report, opened, token) = try pull(lockable, owed: owed, before: before)
                report.schemaChanges = early.map(\.line) + report.schemaChanges
                report.seconds = (clock.now - begin).seconds
                if options.isDryRun {
                    report.isDryRun = true
                    throw DryRun(report: report)
                }
                guard report.isWatermarkNew else {
                    try noteContact(opened.neighbour)
                    return report
                }
                report.hasStagings = try finish(
                    opened, before: before, report: report, token: token)
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

    /// The target before its transaction wrote anything.
    struct Before {
        let snapshot: String
        /// What it knows of the source.
        let neighbour: Neighbour
        /// The changes of schema that it has and the source has not heard of, as `SchemaChange.question`
        /// tells them; nil where they were not asked for yet.
        let schemaChanges: [Row]?
        /// The answer to `settingsQuestion`.
        let settings: [Row]
    }

    /// Locks the neighbour's row, so that no other agent's backend can write an older watermark over
    /// a newer one, and leaves the role in which triggers fire. The body gets the target's snapshot from
    /// before this transaction wrote anything.
    func inTargetTransaction<T>(_ body: (Before) throws -> T) throws -> T {
        let timeout = "\(Retry.lockTimeout(options))ms"
        let ofTarget = known?.bySource.received.map { [SchemaChange.question($0)] } ?? []
        return try target.transaction(
            "begin isolation level read committed",
            with: [
                """
                select replication.snapshot_before_writing() as snapshot,
                    set_config('lock_timeout', \(timeout), true)
                """,
                """
                select \(Neighbour.columns)
                from replication.neighbour
                where number = \(sourceNode.number)
                for update
                """,
                // What the source hears of as done must not be lost in a crash.
                "set local synchronous_commit = on", "set local session_replication_role = replica",
                Self.memory, settingsQuestion,
            ] + ofTarget
        ) { answers in
            guard let snapshot = try answers[0].first?.string("snapshot"),
                let neighbour = try answers[1].first.map(Neighbour.init)
            else {
                throw ReplicationError.notNeighbours(sourceNode.name, targetNode.name)
            }
            if !options.isRejoin { try neighbour.checkJoined(targetNode, sourceNode) }
            return try body(
                Before(
                    snapshot: snapshot, neighbour: neighbour,
                    schemaChanges: ofTarget.isEmpty ? nil : answers.last, settings: answers[5]))
        }
    }

    /// For sorting and joining a backlog: what a server is set to mostly makes it write files.
    static let memory: SQL = "set local work_mem = '64MB'"

    /// All that happens while the source's snapshot is open, and the offer of what was read.
    private func pull(
        _ lockable: [Int: String], owed: [Int: Int], before: Before
    ) throws -> (DirectionReport, Opened, token: String?) {
        var report = DirectionReport(source: sourceNode.name, target: targetNode.name)
        return try inSourceTransaction(lockable, owed: owed, received: before.neighbour) { opened in
            report.isFirst = opened.terms.isFirst
            guard opened.terms.isFirst || !opened.pending.isEmpty || opened.isWatermarkBehind else {
                return (report, opened, nil)
            }
            try apply(opened, before: before, report: &report)
            // Else rows that wait were asked for, and still do.
            report.isWatermarkNew =
                opened.terms.isFirst || opened.isWatermarkBehind || !report.isEmpty
            guard report.isWatermarkNew, !options.isDryRun else { return (report, opened, nil) }
            let token = try offer(seen: before.neighbour, newest: report.newestChange)
            return (report, opened, token)
        }
    }

    /// Carries out the changes of schema, and brings the rows over.
    private func apply(
        _ opened: Opened, before: Before, report: inout DirectionReport
    ) throws {
        logger.debug(
            "\(sourceNode.name) -> \(targetNode.name): staging \(opened.pending.count) tables")
        var schema = try applySchema(opened, before: before)
        if schema.done.isEmpty, schema.deferred.isEmpty, opened.pending.isEmpty { return }
        let isSame = schema.done.isEmpty && schema.deferred.isEmpty
        let settings = isSame ? before.settings : try target.query(settingsQuestion)
        var works = try stage(opened, report: &report)
        let answers = try target.queries(
            [questionOfSchema(knownBySource: opened.neighbour, byTarget: before.neighbour)]
                + [questionOfProof(works)].compactMap { $0 })
        try checkTargetSchema(answers[0])
        try translateObjects(works)
        try settle(&works, report: report, foreignKeys: answers.last ?? [])
        logger.debug("recording")
        try record(works, settings: isSame ? settings : nil, report: &report)
        try applyDeferred(&schema, terms: opened.terms)
        try refreshViews(schema)
        report.schemaChanges = schema.done.map(\.line)
        if !isSame { try checkSettings(settings, target.queries(settingsAtEnd), works: works) }
        // A first direction looks at all numbers, not at those alone that arrived.
        if !report.isFirst { try passNumbers(works, report) }
    }
}

extension Duration {
    /// As a number, for a report.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
