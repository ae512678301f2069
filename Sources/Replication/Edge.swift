import Logging
import Postgres

/// Two neighbouring databases, and the way to make both equal.
public struct Edge {
    let a: Connection
    let b: Connection
    let nodeA: Node
    let nodeB: Node
    let logger: Logger
    /// What the file says of A, where A is a database that stands in for it.
    var standIn: StandIn?

    /// What a sync did.
    public struct Report: Sendable, Hashable {
        /// The directions in their order: A to B, B to A.
        public internal(set) var directions: [DirectionReport] = []
        /// By how much B's clock is ahead of A's.
        public internal(set) var clockSkew: ClockSkew?
        /// What was put right before, as lines for a person.
        public internal(set) var mended: [String] = []
        /// B's changes of schema, committed on A before the directions, as A had made some, too.
        public internal(set) var schemaChanges: [String] = []
        /// How often a server was waited for, the beginning of both sessions included.
        public internal(set) var roundTrips = 0
        /// What a person should look into.
        public internal(set) var warnings: [String] = []

        /// How many rows wait on the two sides for a person, as a constraint forbids them.
        public var waiting: Int {
            directions.reduce(0) { $0 + $1.waiting.values.reduce(0, +) }
        }

        /// Whether nothing at all arrived anywhere.
        public var isQuiet: Bool {
            directions.allSatisfy(\.isEmpty) && schemaChanges.isEmpty
        }
    }

    /// An edge between two open connections.
    ///
    /// - Parameters:
    ///   - a: one side.
    ///   - b: the other.
    ///   - logger: told each step (debug), and what had to be done again (notice).
    /// - Throws: `ReplicationError` where one of them is no node, or both are one.
    public init(
        _ a: Connection, _ b: Connection, logger: Logger = Logger(label: "trompe")
    ) throws {
        self.a = a
        self.b = b
        self.logger = logger
        (nodeA, nodeB) = try Node.both(a, b)
        if nodeA.identity == nodeB.identity {
            try nodeA.checkOriginal(before: nodeB.label)
            try nodeB.checkOriginal(before: nodeA.label)
            guard try Self.isOneDatabase(a, b) else {
                throw ReplicationError.copyNeedsNumber(
                    database: nodeA.label, number: nodeA.number, neighbour: nodeB.label,
                    why: "\(nodeB.label) has it too")
            }
            throw ReplicationError.sameDatabase(nodeA.label, nodeB.label)
        }
        guard nodeA.number != nodeB.number else {
            throw ReplicationError.sameNumber(nodeA.number, nodeA.label, nodeB.label)
        }
        guard nodeA.modulus == nodeB.modulus else {
            throw ReplicationError.differentModulus(
                nodeA.label, nodeA.modulus, nodeB.label, nodeB.modulus)
        }
    }

    /// Whether two sessions are on one database: a lock that one of them holds is not to be had by
    /// the other. A copy of all files looks the same but for that.
    static func isOneDatabase(_ a: Connection, _ b: Connection) throws -> Bool {
        let number = Int.random(in: 1..<Int(Int32.max))
        try a.execute("select pg_advisory_lock(hashtext('trompe same')::int, \(number)::int)")
        let rows = try b.query(
            """
            select pg_try_advisory_xact_lock(hashtext('trompe same')::int, \(number)::int) as is_free
            """)
        try a.execute("select pg_advisory_unlock(hashtext('trompe same')::int, \(number)::int)")
        return try !(rows.first?.bool("is_free") ?? false)
    }

    /// Brings both level: first A to B, then B to A, each one transaction on its target. (The other
    /// way round where only B has changed the schema: rows travel under one schema.)
    ///
    /// - Parameters:
    ///   - options: what the user asked for.
    ///   - onProgress: told what happens right now.
    ///   - isEnding: whether to end as soon as may be, which is before the next direction: the report
    ///     has those that are done, and the next sync goes on from there.
    /// - Throws: `ReplicationError` or `PostgresError`; where the first direction is done already,
    ///   `ReplicationError.halfDone` says so.
    public func sync(
        _ options: SyncOptions = SyncOptions(),
        onProgress: @escaping (Progress) -> Void = { _ in },
        isEnding: () -> Bool = { false }
    ) throws -> Report {
        var report = try withGlance { clockSkew, glance in
            try checkNotPaused(glance)
            if glance.isAtRest, options.isPlain {
                return try stayAtRest(glance, clockSkew)
            }
            var report = Report()
            report.clockSkew = clockSkew
            if !glance.isChecked { report.mended = try check(options) }
            report.warnings = Rights.warnings([a, b])
            var there = Direction(
                source: a, target: b, sourceNode: nodeA, targetNode: nodeB, options: options,
                logger: logger, onProgress: onProgress, clockSkew: clockSkew.reversed)
            var back = Direction(
                source: b, target: a, sourceNode: nodeB, targetNode: nodeA, options: options,
                logger: logger, onProgress: onProgress, clockSkew: clockSkew)
            if glance.isChecked, let ofA = glance.a?.neighbour, let ofB = glance.b?.neighbour {
                there.known = (bySource: ofA, byTarget: ofB)
                back.known = (bySource: ofB, byTarget: ofA)
            }
            let ways =
                glance.isChecked
                ? (options.isOneWay ? [there] : [there, back])
                : try order(there, back, report: &report)
            for (index, var way) in ways.enumerated() {
                if isEnding() { return report }
                // Conflicts have made something.
                way.looksFirst =
                    index == 0 || !glance.isChecked || glance.b?.isPending != false
                    || report.directions[0].conflicts > 0
                do {
                    report.directions.append(try way.run())
                } catch {
                    let error = failingFilter(behind: error) ?? error
                    guard index > 0, !options.isDryRun else { throw error }
                    throw halfDone(error, done: ways[0], missing: way)
                }
            }
            if !options.isDryRun, ways.contains(where: \.checksShapes) {
                try lookAfter(LoneColumn.all(a, b))
            }
            if options.isDryRun, report.directions.count > 1 {
                report.directions[1].forgetConflicts()
            }
            let hasNews = !report.isQuiet || report.directions.contains(where: \.isWatermarkNew)
            if !options.isDryRun, !options.isOneWay, hasNews { try tidyUp(report, options) }
            if !glance.isChecked, options.isPlain { try remember(glance, report) }
            return report
        }
        report.roundTrips = a.roundTrips + b.roundTrips
        return report
    }

    private func halfDone(
        _ error: any Error, done: Direction, missing: Direction
    ) -> ReplicationError {
        let own = error as? ReplicationError
        let server = error as? PostgresError
        return .halfDone(
            done: "\(done.sourceNode.name) to \(done.targetNode.name)",
            missing: "\(missing.sourceNode.name) to \(missing.targetNode.name)",
            because: own?.message ?? server.map { "\($0.database): \($0.message)" } ?? "\(error)",
            hint: own?.hint ?? server?.hint
                ?? (server?.isPassing ?? false ? "try again later; it goes on from there" : nil),
            status: own?.exitStatus ?? (server?.isPassing ?? false ? 75 : 1))
    }

    /// Tells B that A has its changes, which else it would learn in the next sync, and removes log
    /// entries that are not needed any more. Where somebody holds a lock for long, that is left to another
    /// sync.
    private func tidyUp(_ report: Report, _ options: SyncOptions) throws {
        do {
            try tidyUp(report, lockTimeout: "\(Retry.lockTimeout(options))ms")
        } catch let error as PostgresError where error.sqlstate == SQLState.lockNotAvailable {
            logger.debug("\(error.database): not tidied up: \(error.message)")
        }
    }

    private func tidyUp(_ report: Report, lockTimeout: String) throws {
        let limit: SQL = "select set_config('lock_timeout', \(lockTimeout), true)"
        let questions: [SQL] = [
            "select replication.purge()",
            """
            select exists (select from replication.loose_object) as has_loose,
                exists (select from replication.held_object) as has_held
            """,
            Capture.outdated,
        ]
        let known: SQL = """
            select received, received_token
            from replication.neighbour
            where number = \(nodeB.number)
            """
        let ofA = try a.queries([limit] + questions + [known])
        let ofB = try b.queries(
            [
                limit,
                """
                select replication.acknowledge(\(nodeA.number)::int,
                    \(ofA[4].first?.optionalString("received"))::pg_snapshot,
                    \(ofA[4].first?.optionalString("received_token"))::uuid)
                """,
            ] + questions)
        for (connection, answers) in [(a, ofA[2...3]), (b, ofB[3...4])] {
            try tidyUpObjects(connection, answers.first ?? [])
            try Capture.follow(answers.last ?? [], connection)
        }
        for way in report.directions where way.objects.removed > 0 {
            let (source, other) = way.source == nodeA.name ? (a, nodeB) : (b, nodeA)
            try source.execute("select replication.forget_pairs(\(other.number)::int)")
        }
    }

    /// Unlinks what rows have lost, as far as that was too much for one transaction or others were
    /// writing; and lets go of what no column of the type bigint names any more.
    func tidyUpObjects(_ connection: Connection, _ rows: [Row]) throws {
        guard let row = rows.first else { return }
        if try row.bool("has_held") {
            try connection.execute("select replication.release_objects()")
        }
        guard try row.bool("has_loose") else { return }
        var count = 0
        repeat {
            count =
                try connection.query("select replication.sweep_objects() as count").first?
                .int("count") ?? 0
        } while count > 0
    }
}
