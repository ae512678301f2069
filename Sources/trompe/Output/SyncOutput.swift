import Replication

/// What a sync did, for a person and for a machine.
enum SyncOutput {
    /// One edge: what was mended, and a block for each direction.
    static func show(_ report: Edge.Report) {
        for line in report.mended { Console.error("mended: \(line)") }
        for line in report.warnings { Console.error("warning: \(line)") }
        for line in report.schemaChanges { Console.print("schema: \(line)") }
        for direction in report.directions { show(direction) }
    }

    private static func show(_ direction: DirectionReport) {
        let way = "\(direction.source) -> \(direction.target)"
        let done = direction.isDryRun ? "would move" : "moved"
        defer { showWaiting(direction) }
        for line in direction.schemaChanges { Console.print("\(way): schema: \(line)") }
        guard !direction.tables.isEmpty else {
            guard direction.schemaChanges.isEmpty else { return }
            Console.print(
                direction.systemRows == 0
                    ? "\(way): nothing new"
                    : "\(way): nothing but \(counted(direction.systemRows, "fact")) of the tree "
                        + "(history, policies, nodes)")
            return
        }
        let rows = counted(direction.moved, "row")
        let conflicts =
            direction.conflicts > 0 ? ", " + counted(direction.conflicts, "conflict") : ""
        let retries =
            direction.retries > 0 ? ", \(counted(direction.retries, "retry", "retries"))" : ""
        Console.print(
            "\(way): \(done) \(rows)\(conflicts) in \(seconds(direction.seconds))\(retries)")
        for table in direction.tables { Console.print("    " + line(table)) }
        if let line = line(direction.objects) { Console.print("    " + line) }
        for line in warnings(direction) { Console.error("warning: \(line)") }
    }

    /// What a person should look into after a direction.
    static func warnings(_ direction: DirectionReport) -> [String] {
        let left =
            direction.objects.left == 0
            ? []
            : [
                "\(counted(direction.objects.left, "large object")) on \(direction.target) "
                    + "that no row names any more cannot be unlinked by the agent's role: it is no "
                    + "member of the owner's, or does not see all rows that could name it; see "
                    + "replication.loose_object"
            ]
        return left
            + direction.objects.missing.map { object in
                "\(object.table) \(object.key): column \(object.column) names the large "
                    + "object \(object.number), which is not there on \(direction.source)"
            }
    }

    /// What became of large objects; nil where nothing did.
    static func line(_ objects: DirectionReport.Objects) -> String? {
        let parts = [
            (objects.made, "new"), (objects.changed, "changed"), (objects.removed, "removed"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        guard !parts.isEmpty else { return nil }
        return "large objects: " + parts.joined(separator: ", ")
            + (objects.bytes > 0 ? "; \(size(objects.bytes)) sent" : "")
    }

    /// A number of bytes, for a person.
    static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<10_000: "\(bytes) bytes"
        case ..<10_000_000: "\(bytes / 1_000) kB"
        default: "\(bytes / 1_000_000) MB"
        }
    }

    private static func showWaiting(_ direction: DirectionReport) {
        for line in waiting(direction) { Console.print("    \(line); see: trompe status") }
    }

    /// The tables with rows that wait for a person.
    static func waiting(_ direction: DirectionReport) -> [String] {
        direction.waiting.sorted { $0.key < $1.key }.filter { $0.value > 0 }.map { table, count in
            "\(table): \(counted(count, "row")) cannot be applied and "
                + (count == 1 ? "waits" : "wait")
        }
    }

    /// What became of a table.
    static func line(_ table: DirectionReport.Table) -> String {
        var parts: [String] = []
        if table.isTruncated { parts.append("truncated") }
        if table.inserted > 0 { parts.append("\(table.inserted) inserted") }
        if table.updated > 0 { parts.append("\(table.updated) updated") }
        if table.deleted > 0 { parts.append("\(table.deleted) deleted") }
        if table.combined > 0 { parts.append("\(table.combined) merged by column") }
        if table.conflicts > 0 {
            parts.append(
                "\(counted(table.conflicts, "conflict")) (\(table.taken) won by the source,"
                    + " \(table.kept) by the target, \(table.merged) merged)")
        }
        if parts.isEmpty { parts.append("\(counted(table.staged, "row")) the same already") }
        return "\(table.name): \(parts.joined(separator: ", "))"
    }

    /// What is said on stderr of clocks that are too far apart.
    static func warning(of skew: ClockSkew, _ a: String, _ b: String) -> String {
        """
        warning: the clock of \(b) \(skew.inWords) that of \(a): the policy newest picks wrong \
        winners, and times from a clock that is ahead spread to every node that they reach
        hint: set the wrong clock right
        """
    }

    static func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        count == 1 ? "1 \(one)" : "\(count) \(many ?? one + "s")"
    }

    static func seconds(_ value: Double) -> String {
        value < 10 ? "\((value * 100).rounded() / 100) s" : "\(Int(value.rounded())) s"
    }

    /// A progress line.
    static func progress(_ edge: String, _ progress: Progress) {
        Console.progress("\(edge): \(words(progress))")
    }

    /// What is being done.
    static func words(_ progress: Progress) -> String {
        switch progress {
        case .staging(let table, let rows): "\(table): \(rows) rows read"
        case .goingOn(let table, let rows): "\(table): going on after \(rows) rows"
        case .changingSchema(let statement): statement
        case .comparing(let table): "\(table): comparing"
        case .comparingObjects: "comparing large objects"
        case .sendingObjects(let chunks): "large objects: \(chunks / 4) MB sent"
        case .applying(let table): "\(table): applying"
        }
    }
}

/// The same as JSON.
struct SyncDocument: Encodable {
    struct Edge: Encodable {
        let directions: [Direction]
        /// The second database's changes of schema, made on the first before both directions.
        let schemaChanges: [String]
        let mended: [String]
        let warnings: [String]
        /// By how much the second database's clock is ahead of the first one's.
        let clockSkewSeconds: Double?
        /// How far from the truth that can be.
        let clockSkewErrorSeconds: Double?
        /// How often a server was waited for.
        let roundTrips: Int
    }

    struct Direction: Encodable {
        let source: String
        let target: String
        let first: Bool
        let dryRun: Bool
        let rows: Int
        let conflicts: Int
        let bytes: Int
        let retries: Int
        let seconds: Double
        let waiting: Int
        let schemaChanges: [String]
        let tables: [Table]
        let largeObjects: DirectionReport.Objects
    }

    struct Table: Encodable {
        let name: String
        let staged: Int
        let inserted: Int
        let updated: Int
        let deleted: Int
        let truncated: Bool
        let conflictsWonBySource: Int
        let conflictsWonByTarget: Int
        let conflictsMerged: Int
        let mergedByColumn: Int
    }

    let edges: [Edge]

    init(_ reports: [Replication.Edge.Report]) {
        edges = reports.map { report in
            Edge(
                directions: report.directions.map(Self.direction),
                schemaChanges: report.schemaChanges, mended: report.mended,
                warnings: report.warnings,
                clockSkewSeconds: report.clockSkew?.seconds,
                clockSkewErrorSeconds: report.clockSkew?.error,
                roundTrips: report.roundTrips)
        }
    }

    private static func direction(_ report: DirectionReport) -> Direction {
        Direction(
            source: report.source, target: report.target, first: report.isFirst,
            dryRun: report.isDryRun, rows: report.moved, conflicts: report.conflicts,
            bytes: report.bytes, retries: report.retries, seconds: report.seconds,
            waiting: report.waiting.values.reduce(0, +),
            schemaChanges: report.schemaChanges,
            tables: report.tables.map { table in
                Table(
                    name: table.name, staged: table.staged, inserted: table.inserted,
                    updated: table.updated, deleted: table.deleted, truncated: table.isTruncated,
                    conflictsWonBySource: table.taken, conflictsWonByTarget: table.kept,
                    conflictsMerged: table.merged, mergedByColumn: table.combined)
            },
            largeObjects: report.objects)
    }
}
