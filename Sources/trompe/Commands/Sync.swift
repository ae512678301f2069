import ArgumentParser
import Foundation
import Postgres
import Replication
import Synchronization

/// `trompe sync`: brings neighbours level.
struct Sync: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Bring two neighbours level, or a node with all its neighbours.",
        discussion: """
            First A to B, then B to A, each in one transaction. Conflicts are decided by policy; the \
            losing rows stay in the history (trompe conflicts).
            """)

    @Argument(help: "One database.", completion: Service.completion)
    var a: String

    @Argument(
        help: "The other (default: every neighbour that A knows by a service name).",
        completion: Service.completion)
    var b: String?

    @Flag(help: "Show what would be done, and change nothing.")
    var dryRun = false

    @Flag(help: "In the first sync of two databases: let policies decide where rows differ.")
    var merge = false

    @Flag(help: "From A to B only.")
    var oneWay = false

    @Flag(
        help: "Carry out changes of schema with this role's own rights, not as who made them.")
    var schemaAsAgent = false

    @Flag(
        help: """
            Print the result as JSON; with --watch, a line for each sync that did something.
            """)
    var json = false

    @Option(
        help: ArgumentHelp(
            """
            How many neighbours to sync with at once (default: 1; with --watch all). What comes from \
            one of them reaches the others with the next sync.
            """, valueName: "n"))
    var jobs: Int?

    @Option(
        defaultAsFlag: WatchInterval.standard,
        // Scanning for a value, it forgets the one behind "=" where an option follows.
        parsing: .next,
        help: ArgumentHelp(
            """
            Go on until a signal comes: sync, wait so many seconds, sync again. A database that is \
            away is tried more and more seldom, every 5 minutes at last.
            """, valueName: "seconds"))
    var watch: WatchInterval?

    @Option(
        help: ArgumentHelp("With --watch: how the lines on stderr look.", valueName: "format"))
    var logFormat: LogFormat?

    @OptionGroup var edge: EdgeOptions

    func validate() throws {
        guard (1...64).contains(jobs ?? 1) else {
            throw ValidationError("--jobs is a number from 1 to 64.")
        }
        guard watch.map({ !$0.seconds.isNaN }) ?? true else {
            throw ValidationError("--watch is a number of seconds from 0.1 to 86400.")
        }
        guard watch == nil || !dryRun else {
            throw ValidationError("--dry-run shows what one sync would do: leave --watch out.")
        }
        guard watch != nil || logFormat == nil else {
            throw ValidationError("--log-format is for --watch.")
        }
    }

    /// What the user asked for.
    var options: SyncOptions {
        var options = SyncOptions()
        options.isDryRun = dryRun
        options.merges = merge
        options.isOneWay = oneWay
        options.runsSchemaChangesAsAgent = schemaAsAgent
        options.lockTimeoutMilliseconds = edge.lockTimeoutMilliseconds
        return options
    }

    func run() throws {
        if let watch {
            try Watch(self, interval: watch.seconds, format: logFormat ?? .text).run()
        }
        let options = options
        let jobs = jobs ?? 1
        let outcomes: [Outcome]
        if let b {
            let (node, other) = try connectToBoth(b)
            let report = try sync(node, with: other, b, options)
            show(.success(report))
            outcomes = [.success(report)]
        } else {
            let node = try Connection(a)
            let others = try others(of: node)
            outcomes =
                jobs > 1
                ? inParallel(others, options, jobs: jobs) : inTurn(node, others, options)
        }
        try end(outcomes)
    }

    /// What became of one edge. With several of them, one that fails does not keep the others waiting.
    private typealias Outcome = Result<Edge.Report, Failure>

    private func inTurn(
        _ node: Connection, _ others: [String], _ options: SyncOptions
    ) -> [Outcome] {
        others.map { other in
            let outcome = outcome {
                try sync(node, with: connect(other, knownTo: node), other, options)
            }
            show(outcome)
            return outcome
        }
    }

    /// Some at once, each over sessions of its own.
    private func inParallel(
        _ others: [String], _ options: SyncOptions, jobs: Int
    ) -> [Outcome] {
        let rest = Mutex(others[...])
        let outcomes = Mutex<[Outcome]>([])
        let queue = DispatchQueue(label: "edges", attributes: .concurrent)
        let group = DispatchGroup()
        for _ in 0..<min(jobs, others.count) {
            queue.async(group: group) {
                while let name = rest.withLock({ $0.popFirst() }) {
                    let outcome = outcome {
                        let (node, other) = try connectToBoth(name)
                        return try sync(node, with: other, name, options)
                    }
                    outcomes.withLock { all in
                        show(outcome)
                        all.append(outcome)
                    }
                }
            }
        }
        group.wait()
        return outcomes.withLock { $0 }
    }

    private func outcome(_ body: () throws -> Edge.Report) -> Outcome {
        do {
            return .success(try body())
        } catch let error as ReplicationError {
            return .failure(Failure(skippingIfPaused: error))
        } catch {
            return .failure(Failure(of: error))
        }
    }

    private func show(_ outcome: Outcome) {
        switch outcome {
        case .success(let report): if !json { SyncOutput.show(report) }
        case .failure(let failure) where failure.status == 0: Console.error(failure.text)
        case .failure(let failure): Console.error("trompe: \(failure.text)")
        }
    }

    private func end(_ outcomes: [Outcome]) throws {
        var reports: [Edge.Report] = []
        var statuses: Set<Int32> = []
        for outcome in outcomes {
            switch outcome {
            case .success(let report): reports.append(report)
            case .failure(let failure) where failure.status == 0: break
            case .failure(let failure): statuses.insert(failure.status)
            }
        }
        if reports.contains(where: { $0.waiting > 0 }) { statuses.insert(2) }
        if json { try Json.print(SyncDocument(reports)) }
        // The worst of all edges: failed, something waits for a person, try again later.
        if let worst = statuses.min() { throw ExitCode(worst) }
    }

    private func sync(
        _ node: Connection, with connection: Connection, _ other: String, _ options: SyncOptions
    ) throws -> Edge.Report {
        defer { Console.clearProgress() }
        do {
            let report = try Edge(node, connection, logger: edge.logger).sync(options) { progress in
                SyncOutput.progress("\(node.label) - \(connection.label)", progress)
            }
            if let skew = report.clockSkew, skew.isTooLarge {
                Console.error(SyncOutput.warning(of: skew, node.label, connection.label))
            }
            return report
        } catch let error as PostgresError {
            throw connection.isAlive
                ? error.withLastSync(of: a, knownTo: connection)
                : error.withLastSync(of: other, knownTo: node)
        }
    }

    /// Where one cannot be reached, the other may know since when.
    func connectToBoth(_ b: String) throws -> (Connection, Connection) {
        switch try Connection.both(a, b) {
        case (.success(let node), .success(let other)): return (node, other)
        case (.failure(let failure as PostgresError), let other) where failure.isConnectionFailure:
            var witness: Connection?
            if case .success(let connection) = other { witness = connection }
            throw failure.withLastSync(of: a, knownTo: witness)
        case (.success(let node), .failure(let failure as PostgresError)):
            throw failure.withLastSync(of: b, knownTo: node)
        case (.failure(let failure), _), (_, .failure(let failure)): throw failure
        }
    }

    private func connect(_ other: String, knownTo node: Connection) throws -> Connection {
        do {
            return try Connection(other)
        } catch let error as PostgresError {
            throw error.withLastSync(of: other, knownTo: node)
        }
    }

    private func others(of node: Connection) throws -> [String] {
        let (services, unknown) = try neighbours(of: node) { try !isSkipped($0, node) }
        if !unknown.isEmpty { Console.error("warning: \(Self.warning(node.label, unknown))") }
        return services
    }

    /// Whether an edge is paused, which is said. Where the node is, so are all.
    private func isSkipped(_ neighbour: Neighbour, _ node: Connection) throws -> Bool {
        guard let pause = neighbour.pause else { return false }
        let error = ReplicationError.paused(
            database: node.label, neighbour: neighbour.name, pause: pause)
        if pause.isOfNode { throw error }
        Console.error(Failure(skippingIfPaused: error).text)
        return true
    }

    /// What is said of neighbours that cannot be found.
    static func warning(_ node: String, _ unknown: [String]) -> String {
        "\(node) knows no service name of \(unknown.joined(separator: ", "))"
    }

    /// The service names of a node's neighbours, and the names of those of which it knows none. One that
    /// is still being cloned is no node yet.
    func neighbours(
        of node: Connection, where isWanted: (Neighbour) throws -> Bool = { _ in true }
    ) throws -> (services: [String], unknown: [String]) {
        _ = try Node(node)
        let neighbours = try Neighbour.all(node).filter { !$0.isClone }
        guard !neighbours.isEmpty else {
            throw ReplicationError.noNeighbours(database: node.label)
        }
        let wanted = try neighbours.filter(isWanted)
        guard !wanted.isEmpty else { return ([], []) }
        // Names alone: a conninfo string in its place could lead elsewhere, with this user's password.
        let services = wanted.compactMap { $0.service.flatMap(Service.name) }
        let unknown = wanted.filter { $0.service.flatMap(Service.name) == nil }.map(\.name)
        guard !services.isEmpty else {
            throw ReplicationError.noService(node: node.label, neighbours: unknown)
        }
        return (services, unknown)
    }
}
