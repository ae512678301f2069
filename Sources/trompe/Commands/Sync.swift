import ArgumentParser
import Postgres
import Replication

/// `trompe sync`: brings neighbours level.
struct Sync: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring two neighbours level, or a node with all its neighbours.",
        discussion: """
            First A to B, then B to A, each in one transaction. Conflicts are decided by policy; the \
            losing rows stay in the history (trompe conflicts).
            """)

    @Argument(help: "One database.")
    var a: String

    @Argument(help: "The other (default: every neighbour that A knows by a service name).")
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

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var edge: EdgeOptions

    func run() throws {
        var options = SyncOptions()
        options.isDryRun = dryRun
        options.merges = merge
        options.isOneWay = oneWay
        options.runsSchemaChangesAsAgent = schemaAsAgent
        options.lockTimeoutMilliseconds = edge.lockTimeoutMilliseconds
        var reports: [Edge.Report] = []
        var statuses: Set<Int32> = []
        if let b {
            let (node, other) = try connectToBoth(b)
            try sync(node, with: other, b, options, &reports)
        } else {
            let node = try Connection(a)
            for other in try others(of: node) {
                do {
                    try sync(node, with: connect(other, knownTo: node), other, options, &reports)
                } catch {
                    // With several edges, one that fails does not keep the others waiting.
                    guard let failure = Failure(error) else { throw error }
                    Console.error("trompe: \(failure.text)")
                    statuses.insert(failure.status)
                }
            }
        }
        if reports.contains(where: { $0.waiting > 0 }) { statuses.insert(2) }
        if json { try Json.print(SyncDocument(reports)) }
        // The worst of all edges: failed, something waits for a person, try again later.
        if let worst = statuses.min() { throw ExitCode(worst) }
    }

    private func sync(
        _ node: Connection, with connection: Connection, _ other: String, _ options: SyncOptions,
        _ reports: inout [Edge.Report]
    ) throws {
        defer { Console.clearProgress() }
        do {
            let report = try Edge(node, connection, logger: edge.logger).sync(options) { progress in
                SyncOutput.progress("\(node.label) - \(connection.label)", progress)
            }
            if let skew = report.clockSkew, skew.isTooLarge {
                Console.error(SyncOutput.warning(of: skew, node.label, connection.label))
            }
            reports.append(report)
            if !json { SyncOutput.show(report) }
        } catch let error as PostgresError {
            throw connection.isAlive
                ? error.withLastSync(of: a, knownTo: connection)
                : error.withLastSync(of: other, knownTo: node)
        }
    }

    /// Where one cannot be reached, the other may know since when.
    private func connectToBoth(_ b: String) throws -> (Connection, Connection) {
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
        if let b { return [b] }
        _ = try Node(node)
        let neighbours = try Neighbour.all(node)
        guard !neighbours.isEmpty else {
            throw ReplicationError.noNeighbours(database: node.label)
        }
        // Names alone: a conninfo string in its place could lead elsewhere, with this user's password.
        let services = neighbours.compactMap { $0.service.flatMap(Service.name) }
        let unknown = neighbours.filter { $0.service.flatMap(Service.name) == nil }.map(\.name)
        guard !services.isEmpty else {
            throw ReplicationError.noService(node: node.label, neighbours: unknown)
        }
        if !unknown.isEmpty {
            Console.error(
                "warning: \(node.label) knows no service name of \(unknown.joined(separator: ", "))"
            )
        }
        return services
    }
}
