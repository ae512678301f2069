import ArgumentParser
import Postgres
import Replication

/// `trompe clone`: a new node from a running one.
struct Clone: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone",
        abstract: "Make a new node from a running one.",
        discussion: """
            A is a node, and stays in use. B is an empty database, on a server of the same release or a \
            newer one. B gets all that A has, large objects too, with pg_dump and pg_restore, becomes a \
            node of its own and A's neighbour, and is synced with what was written meanwhile. The roles \
            that own something in A must exist on B's server.

            Killed at any point, it can be run again: from the dump on, if that was whole and is kept \
            with --directory. To give it up, drop B, and: trompe unlink A --node N
            """)

    @Argument(help: "A node.", completion: Service.completion)
    var a: String

    @Argument(help: "An empty database.", completion: Service.completion)
    var b: String

    @Option(
        help: ArgumentHelp("The number of the new node, which no other node has.", valueName: "n"))
    var node: Int

    @Option(help: "Its name (default: the database's).")
    var name: String?

    @Option(help: "How many sessions dump, and then restore, at once.")
    var jobs = 2

    @Option(
        help: "Keep the dump in this folder (default: a temporary one, as long as it is needed).")
    var directory: String?

    @Option(help: "The folder with pg_dump and pg_restore (default: where PATH finds them).")
    var bindir: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var edge: EdgeOptions

    func validate() throws {
        guard (1...64).contains(jobs) else {
            throw ValidationError("--jobs is a number from 1 to 64.")
        }
    }

    func run() throws {
        defer { Console.clearProgress() }
        let (source, target) = (try Connection(a), try Connection(b))
        var options = Replication.Clone.Options(number: node)
        options.name = name ?? Service.name(b)
        options.jobs = jobs
        options.directory = directory
        options.programs = bindir
        options.sourceService = Service.name(a)
        options.cloneService = Service.name(b)
        options.lockTimeoutMilliseconds = edge.lockTimeoutMilliseconds
        let report = try Replication.Clone.run(source, target, options, logger: edge.logger) {
            show($0, source.label, target.label)
        }
        Console.clearProgress()
        if json {
            try Json.print(CloneDocument(report))
        } else {
            if report.wasDumped { Console.error("went on from the dump of an earlier run") }
            Console.print(
                "\(target.label) is node \(report.node.number), a clone of \(source.label): "
                    + SyncOutput.size(report.bytes))
            SyncOutput.show(report.sync)
        }
        if report.sync.waiting > 0 { throw ExitCode(2) }
    }

    private func show(_ step: Replication.Clone.Step, _ source: String, _ target: String) {
        switch step {
        case .dumping(let bytes):
            Console.progress("\(source): dumping, \(SyncOutput.size(bytes)) compressed")
        case .restoring(let bytes):
            Console.progress("\(target): restoring, \(SyncOutput.size(bytes))")
        case .clearing: Console.progress("\(target): removing what an earlier run has left")
        case .numbering: Console.progress("\(target): becomes node \(node)")
        case .syncing(let progress): SyncOutput.progress("\(source) - \(target)", progress)
        }
    }
}

/// A clone as JSON.
struct CloneDocument: Encodable {
    let node: Int
    let name: String
    let bytes: Int
    /// Whether the dump, or all, had been done by an earlier run.
    let wasDumped: Bool
    let wasRestored: Bool
    let sync: SyncDocument.Edge?

    init(_ report: Replication.Clone.Report) {
        node = report.node.number
        name = report.node.name
        bytes = report.bytes
        wasDumped = report.wasDumped
        wasRestored = report.wasRestored
        sync = SyncDocument([report.sync]).edges.first
    }
}
