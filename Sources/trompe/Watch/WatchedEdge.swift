import Foundation
import Logging
import Postgres
import Replication

/// One edge of a watch: syncs, sleeps, and syncs again, on a thread of its own.
///
/// Each sync has sessions of its own, as a sync by hand has: no lock, no temporary table and no memory
/// of a server's is kept while nothing is done, and what changed meanwhile (a role's rights, settings, a
/// server that was started again) is as it now is.
struct WatchedEdge {
    let name: String
    let other: String
    let command: Sync
    let log: Log
    let board: WatchBoard
    let service: ServiceManager

    private var backoff: Backoff
    private var trouble: Trouble?
    private var account: WatchAccount
    /// When it was said that another agent keeps the edge level, too.
    private var companySaidAt: ContinuousClock.Instant?
    private var generator = SystemRandomNumberGenerator()

    /// A failure that lasts.
    private struct Trouble {
        let identity: String
        let since: ContinuousClock.Instant
        var saidAt: ContinuousClock.Instant
        var tries: Int
        /// Whether it is no more than another agent on the edge.
        let isCompany: Bool
    }

    init(
        _ name: String, with other: String, _ command: Sync, interval: Double, log: Log,
        board: WatchBoard, service: ServiceManager
    ) {
        self.name = name
        self.other = other
        self.command = command
        self.log = log
        self.board = board
        self.service = service
        backoff = Backoff(interval: interval)
        account = WatchAccount(edge: name, log: log)
    }

    /// Until a signal comes, or the edge is no more.
    mutating func run(as number: Int) {
        while Interruption.number == nil, board.has(name, number) {
            Interruption.sleep(seconds: round())
        }
    }

    /// One sync, and for how long to wait after it.
    private mutating func round() -> Double {
        guard board.takePlace() else { return 0 }
        defer { board.leavePlace() }
        do {
            let (node, connection) = try command.connectToBoth(other)
            guard board.begin(name) else { return 0 }
            let report = try sync(node, connection)
            recover()
            account.tell(report)
            if command.json, !report.isQuiet || !report.mended.isEmpty {
                for edge in SyncDocument([report]).edges { Console.print(try Json.line(edge)) }
            }
            board.end(name, trouble: nil)
            return backoff.succeed()
        } catch {
            let failure = Failure(of: error)
            let pause = backoff.fail(passes: failure.status == 75, using: &generator)
            tell(failure, retryIn: pause)
            board.end(name, trouble: failure.message)
            service.tell("STATUS=\(board.summary)")
            return pause
        }
    }

    private func sync(_ node: Connection, _ connection: Connection) throws -> Edge.Report {
        let (log, name, board) = (log, name, board)
        let logger = Logger(label: "trompe") { _ in EdgeLogHandler(log, edge: name) }
        return try Edge(node, connection, logger: logger).sync(
            command.options, onProgress: { board.note(name, $0) },
            isEnding: { Interruption.number != nil })
    }

    /// For how long the same trouble is not spoken of again, in seconds.
    private static let silence = 3_600.0

    private mutating func tell(_ failure: Failure, retryIn pause: Double) {
        let now = ContinuousClock.now
        var isNews = trouble?.identity != failure.identity
        if isNews {
            trouble = Trouble(
                identity: failure.identity, since: trouble?.since ?? now, saidAt: now,
                tries: trouble?.tries ?? 0, isCompany: failure.isBusy)
        }
        trouble?.tries += 1
        var isDue = trouble.map { now - $0.saidAt >= .seconds(Self.silence) } ?? true
        if isDue { trouble?.saidAt = now }
        if failure.isBusy {
            // Two of them meet again and again.
            isNews = false
            isDue = companySaidAt.map { now - $0 >= .seconds(Self.silence) } ?? true
            if isDue { companySaidAt = now }
        }
        let isEnding = Interruption.number != nil
        log.write(
            LogLine(
                failure, edge: name, isSaid: isNews || isDue, retryIn: isEnding ? nil : pause))
    }

    private mutating func recover() {
        guard let trouble else { return }
        self.trouble = nil
        let seconds = Int((ContinuousClock.now - trouble.since).components.seconds)
        let tries = SyncOutput.counted(trouble.tries, "failed try", "failed tries")
        log.write(
            LogLine(
                trouble.isCompany ? .debug : .notice, "recovered",
                "in order again, after \(tries) in \(seconds) s", edge: name))
        board.end(name, trouble: nil)
        service.tell("STATUS=\(board.summary)")
    }
}

extension LogLine {
    /// A failure: what passes by itself is no error.
    init(_ failure: Failure, edge: String, isSaid: Bool, retryIn seconds: Double?) {
        let level: Level = failure.status == 75 ? .notice : .error
        self.init(isSaid ? level : .debug, "failed", failure.message, edge: edge)
        status = failure.status
        sqlstate = failure.sqlstate
        hint = failure.hint
        retryInSeconds = seconds.map { ($0 * 10).rounded() / 10 }
    }
}
