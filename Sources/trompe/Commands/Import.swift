import ArgumentParser
import Postgres
import Replication

/// `trompe import`: carries out what a neighbour has exported.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Carry out a file that a neighbour has exported.",
        discussion: """
            As a sync in one direction does, in one transaction: conflicts, changes of schema and large \
            objects included. What the node has already changes nothing, so a file can be given again.

            The file is unpacked into a database beside the node, which is removed afterwards: for that \
            the role needs the right to make one (CREATEDB). What a file says is carried out with its \
            rights, statements included, so it must come from whom you would let do that.
            """)

    @Argument(help: "The node that it is for.", completion: Service.completion)
    var b: String

    @Argument(help: "The file; - for stdin.", completion: .file())
    var file: String

    @Flag(help: "Show what would be done, and change nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Take a file that this key has signed: its whole fingerprint, by gpg.",
            valueName: "fingerprint"))
    var trust: [String] = []

    @Flag(help: "Take a file whoever has written it: nobody else can have had it.")
    var unsigned = false

    @Option(
        help: ArgumentHelp("Decrypt with this identity of age's.", valueName: "file"),
        completion: .file())
    var identity: String?

    @Option(
        help: ArgumentHelp(
            "Unpack it into this empty database, which is used once (default: one is made).",
            valueName: "db"), completion: Service.completion)
    var through: String?

    @Flag(
        help: "Carry out changes of schema with this role's own rights, not as who made them.")
    var schemaAsAgent = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var edge: EdgeOptions

    func validate() throws {
        guard trust.isEmpty || !unsigned else {
            throw ValidationError("--trust and --unsigned do not go together.")
        }
    }

    func run() throws {
        defer { Console.clearProgress() }
        let target = try Connection(b)
        let input = try InputFile(file, identity: identity)
        if !unsigned { try input.check(signedBy: trust) }
        var options = Replication.Import.Options()
        options.through = through
        options.sync.isDryRun = dryRun
        options.sync.runsSchemaChangesAsAgent = schemaAsAgent
        options.sync.lockTimeoutMilliseconds = edge.lockTimeoutMilliseconds
        let report = try Replication.Import.run(
            input.name, input.descriptor, into: target, options, logger: edge.logger
        ) {
            SyncOutput.progress("\(input.name) - \(target.label)", $0)
        }
        Console.clearProgress()
        if json {
            try Json.print(ImportDocument(report))
        } else if report.isKnown {
            Console.print(
                "\(report.from) -> \(target.label): nothing new; what \(report.from) had at "
                    + "\(report.madeAt) is here")
        } else {
            SyncOutput.show(report.sync)
        }
        if report.sync.waiting > 0 { throw ExitCode(2) }
    }
}

/// An import as JSON.
struct ImportDocument: Encodable {
    let source: String
    let madeAt: String
    /// Whether all of it was there already.
    let isKnown: Bool
    let sync: SyncDocument.Edge?

    init(_ report: Replication.Import.Report) {
        source = report.from
        madeAt = report.madeAt
        isKnown = report.isKnown
        sync = report.isKnown ? nil : SyncDocument([report.sync]).edges.first
    }
}
