import Replication

/// What is said of an edge's syncs: of those that did nothing, nothing; of what stays as it is, once.
struct WatchAccount {
    let edge: String
    let log: Log

    private var warnings: [String] = []
    /// By direction, a line for each table.
    private var waiting: [String: [String]] = [:]
    private var isSkewed = false

    init(edge: String, log: Log) {
        self.edge = edge
        self.log = log
    }

    /// Tells of one sync.
    mutating func tell(_ report: Edge.Report) {
        for line in report.mended { log.write(LogLine(.notice, "mended", line, edge: edge)) }
        for line in report.schemaChanges { log.write(LogLine(.info, "schema", line, edge: edge)) }
        for direction in report.directions { tell(direction) }
        for line in report.warnings where !warnings.contains(line) {
            log.write(LogLine(.warning, "warning", line, edge: edge))
        }
        warnings = report.warnings
        if let skew = report.clockSkew, skew.isTooLarge != isSkewed {
            isSkewed = skew.isTooLarge
            if isSkewed, let way = report.directions.first {
                let text = SyncOutput.warning(of: skew, way.source, way.target)
                log.write(LogLine(.warning, "clocks", text, edge: edge))
            }
        }
        if report.isQuiet, report.mended.isEmpty {
            log.write(LogLine(.debug, "quiet", "nothing new", edge: edge))
        }
    }

    private mutating func tell(_ direction: DirectionReport) {
        let way = "\(direction.source) -> \(direction.target)"
        for text in direction.schemaChanges {
            log.write(line(.info, "schema", "\(way): schema: \(text)", of: direction))
        }
        if !direction.tables.isEmpty {
            log.write(moved(direction, way))
        } else if direction.systemRows > 0 {
            let facts = SyncOutput.counted(direction.systemRows, "fact")
            log.write(line(.info, "tree", "\(way): \(facts) of the tree", of: direction))
        }
        for text in SyncOutput.warnings(direction) {
            log.write(line(.warning, "warning", text, of: direction))
        }
        tellWaiting(direction, way)
    }

    private func moved(_ direction: DirectionReport, _ way: String) -> LogLine {
        let conflicts =
            direction.conflicts > 0
            ? ", \(SyncOutput.counted(direction.conflicts, "conflict"))" : ""
        let tables = direction.tables.prefix(10).map { SyncOutput.line($0) }
        let others = direction.tables.count - tables.count
        let details =
            tables + [SyncOutput.line(direction.objects)].compactMap { $0 }
            + (others > 0 ? ["and \(others) more tables"] : [])
        var line = line(
            .info, "moved",
            "\(way): moved \(SyncOutput.counted(direction.moved, "row"))\(conflicts) in "
                + "\(SyncOutput.seconds(direction.seconds)) (\(details.joined(separator: "; ")))",
            of: direction)
        line.rows = direction.moved
        line.inserted = direction.tables.reduce(0) { $0 + $1.inserted }
        line.updated = direction.tables.reduce(0) { $0 + $1.updated }
        line.deleted = direction.tables.reduce(0) { $0 + $1.deleted }
        line.conflicts = direction.conflicts
        line.waiting = direction.waiting.values.reduce(0, +)
        line.seconds = (direction.seconds * 1_000).rounded() / 1_000
        return line
    }

    /// Rows that wait for a person are asked for at each sync: only what has changed is news.
    private mutating func tellWaiting(_ direction: DirectionReport, _ way: String) {
        let now = SyncOutput.waiting(direction)
        let before = waiting[way] ?? []
        waiting[way] = now
        guard now != before else { return }
        var said = line(
            now.isEmpty ? .notice : .warning, "waiting",
            now.isEmpty
                ? "\(way): no row waits any more" : "\(way): \(now.joined(separator: "; "))",
            of: direction)
        said.waiting = direction.waiting.values.reduce(0, +)
        if !now.isEmpty { said.hint = "see: trompe status" }
        log.write(said)
    }

    private func line(
        _ level: LogLine.Level, _ event: String, _ message: String, of direction: DirectionReport
    ) -> LogLine {
        var line = LogLine(level, event, message, edge: edge)
        line.source = direction.source
        line.target = direction.target
        return line
    }
}
