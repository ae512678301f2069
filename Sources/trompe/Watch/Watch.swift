import ArgumentParser
import Foundation
import Postgres
import Replication

/// `trompe sync --watch`: keeps edges level until a signal comes.
///
/// Each edge has a thread, a back-off and sessions of its own, so that none waits for another. The main
/// thread waits for the signal, gives signs of life, and waits for what would have to begin again if it
/// were broken off.
struct Watch {
    let command: Sync
    let interval: Double
    let log: Log
    private let board: WatchBoard
    private let service = ServiceManager()

    /// How often a node is asked for its neighbours, in seconds, unless the interval is longer.
    private static let listing = 60.0

    init(_ command: Sync, interval: Double, format: LogFormat) {
        self.command = command
        self.interval = interval
        log = Log(format, isVerbose: command.edge.verbose)
        board = WatchBoard(places: command.jobs)
    }

    /// Runs until it is told to end, and ends the program.
    ///
    /// - Throws: where a name on the command line leads nowhere: that is not tried again.
    func run() throws -> Never {
        Interruption.watch()
        let a = try Connection.label(of: command.a)
        let b = try command.b.map { try Connection.label(of: $0) }
        log.write(
            LogLine(
                .info, "started",
                "keeping \(a) and \(b ?? "its neighbours") level, every "
                    + "\(WatchInterval(seconds: interval)) s"))
        if let other = command.b {
            begin("\(a) - \(b ?? "")", with: other)
        } else {
            Thread.detachNewThread { [self] in followNeighbours(of: a) }
        }
        service.tell("READY=1", "STATUS=\(board.summary)")
        while Interruption.number == nil {
            Interruption.sleep(seconds: service.watchdogSeconds.map { $0 / 3 } ?? 3_600)
            service.tell("WATCHDOG=1")
        }
        finish()
    }

    /// Watches an edge, unless it is watched.
    private func begin(_ name: String, with other: String) {
        guard let number = board.add(name) else { return }
        Thread.detachNewThread { [self] in
            var edge = WatchedEdge(
                name, with: other, command, interval: interval, log: log, board: board,
                service: service)
            edge.run(as: number)
        }
    }

    /// Neighbours come and go while this runs for months.
    private func followNeighbours(of a: String) {
        var backoff = Backoff(interval: max(interval, Self.listing))
        // Before there is an edge, nobody else tries to reach the node.
        var first = Backoff(interval: interval)
        var generator = SystemRandomNumberGenerator()
        var trouble: String?
        var nameless: [String] = []
        while Interruption.number == nil {
            let pause: Double
            do {
                let (services, unknown) = try command.neighbours(of: Connection(command.a))
                if unknown != nameless, !unknown.isEmpty {
                    log.write(
                        LogLine(.warning, "warning", Sync.warning(a, unknown), edge: a))
                }
                nameless = unknown
                trouble = nil
                follow(Dictionary(services.map { ("\(a) - \($0)", $0) }) { first, _ in first })
                _ = first.succeed()
                pause = backoff.succeed()
            } catch {
                let failure = Failure(of: error)
                // As long as there are edges, each of them meets the same, and tells it.
                let isAlone = board.edges.isEmpty
                let passes = failure.status == 75
                pause =
                    isAlone
                    ? first.fail(passes: passes, using: &generator)
                    : backoff.fail(passes: passes, using: &generator)
                log.write(
                    LogLine(
                        failure, edge: a, isSaid: isAlone && failure.identity != trouble,
                        retryIn: pause))
                if isAlone { service.tell("STATUS=\(LogLine.oneLine(failure.message))") }
                trouble = failure.identity
            }
            Interruption.sleep(seconds: pause)
        }
    }

    /// Begins what is new, by the names of edges, and lets the others go.
    private func follow(_ wanted: [String: String]) {
        for edge in board.edges where wanted[edge] == nil {
            board.remove(edge)
            log.write(LogLine(.notice, "unlinked", "no longer neighbours", edge: edge))
        }
        for (edge, other) in wanted.sorted(by: { $0.key < $1.key }) { begin(edge, with: other) }
        service.tell("STATUS=\(board.summary)")
    }

    /// For how long nothing is said while the end is waited for, at first and then, in seconds.
    private static let patience = (first: 0.5, later: 30.0)

    /// Waits for the directions under way. All else is left as it is; so the libraries of the program are
    /// not cleaned up, which threads may be using.
    private func finish() -> Never {
        service.tell("STOPPING=1")
        var next = ContinuousClock.now + .seconds(Self.patience.first)
        while true {
            let underWay = board.underWay
            if underWay.isEmpty { break }
            if next <= .now {
                next = .now + .seconds(Self.patience.later)
                for line in underWay {
                    log.write(
                        LogLine(
                            .notice, "stopping",
                            "ends after the direction under way; a second signal ends it at once: "
                                + line))
                }
                service.tell("STATUS=waits for \(underWay.joined(separator: "; "))")
            }
            service.tell("WATCHDOG=1")
            usleep(50_000)
        }
        log.write(LogLine(.info, "stopped", "stopped"))
        // A reader who went away did not ask for an end.
        _exit(Interruption.number == SIGPIPE ? 128 + SIGPIPE : 0)
    }
}
