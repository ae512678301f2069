import ArgumentParser
import Foundation
import Postgres
import Replication

/// `trompe export`: what a neighbour lacks, as a file.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write what a neighbour lacks into a file, for where no network leads.",
        discussion: """
            The neighbour carries it out with trompe import. A file holds all that the neighbour is not \
            known to have: one that is lost is no harm, and they may arrive late, twice or in any order. \
            What the neighbour exports in turn tells how far it has come.

            It holds rows and the schema as they are: whoever has it can read them, unless it is \
            encrypted.
            """)

    @Argument(help: "A node.", completion: Service.completion)
    var a: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            "The neighbour, by its name, service name or number.", valueName: "neighbour"))
    var neighbour: String

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The file; - for stdout.", valueName: "file"),
        completion: .file())
    var output: String

    @Option(
        help: ArgumentHelp(
            """
            Encrypt for this recipient: an age1... or ssh-... key by age, anything else by gpg. Can be \
            given several times.
            """, valueName: "recipient"))
    var encryptTo: [String] = []

    @Option(help: ArgumentHelp("Sign with this key, by gpg.", valueName: "key"))
    var sign: String?

    @Option(help: "The folder with pg_dump and pg_restore (default: where PATH finds them).")
    var bindir: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var edge: EdgeOptions

    func validate() throws {
        guard Set(encryptTo.map(Self.isOfAge)).count < 2 else {
            throw ValidationError("--encrypt-to: recipients of age and of gpg do not go together.")
        }
    }

    func run() throws {
        defer { Console.clearProgress() }
        let source = try Connection(a)
        var options = Replication.Export.Options(for: neighbour)
        options.programs = bindir
        options.lockTimeoutMilliseconds = edge.lockTimeoutMilliseconds
        let file = try OutputFile(output)
        let report: Replication.Export.Report
        let bytes: Int
        do {
            report = try write(source, options, to: file.descriptor)
            bytes = try file.commit()
        } catch {
            file.discard()
            throw error
        }
        Console.clearProgress()
        try show(report, bytes)
    }

    private func write(
        _ source: Connection, _ options: Replication.Export.Options, to descriptor: Int32
    ) throws -> Replication.Export.Report {
        let programs = try PipedPrograms(wrapping, to: descriptor, hint: OutputFile.hint)
        let report: Replication.Export.Report
        do {
            report = try Replication.Export.run(
                source, options, to: programs.input, logger: edge.logger
            ) {
                SyncOutput.progress("\(source.label): for \(neighbour)", $0)
            }
        } catch let error as PostgresError where error.database == "file" {
            // What could not be written to has said why.
            try programs.finish()
            throw error
        }
        try programs.finish()
        return report
    }

    /// The programs through which the file goes.
    private var wrapping: [[String]] {
        let isByAge = encryptTo.first.map(Self.isOfAge) ?? false
        // What is encrypted does not get smaller any more.
        var commands = [["gzip", "-c"]]
        var gpg: [String] = []
        if let sign { gpg += ["--sign", "--local-user", sign] }
        if !isByAge, !encryptTo.isEmpty {
            // The person has named the recipient: whether others vouch for him does not matter.
            gpg += ["--trust-model", "always", "--encrypt"]
            gpg += encryptTo.flatMap { ["--recipient", $0] }
        }
        if !gpg.isEmpty { commands.append(["gpg", "--batch", "--output", "-"] + gpg) }
        if isByAge { commands.append(["age"] + encryptTo.flatMap { ["--recipient", $0] }) }
        return commands
    }

    private static func isOfAge(_ recipient: String) -> Bool {
        recipient.hasPrefix("age1") || recipient.hasPrefix("ssh-")
    }

    private func show(_ report: Replication.Export.Report, _ bytes: Int) throws {
        let say = output == "-" ? Console.error : { Console.print($0) }
        for line in report.mended { Console.error("mended: \(line)") }
        if json, output != "-" {
            return try Json.print(ExportDocument(report, file: output, bytes: bytes))
        }
        let rows = report.tables.values.reduce(0, +)
        say(
            "\(report.node.name) -> \(report.neighbour): \(SyncOutput.counted(rows, "row"))"
                + (output == "-" ? "" : " in \(output), \(SyncOutput.size(bytes))"))
        for (table, count) in report.tables.sorted(by: { $0.key < $1.key }) {
            say("    \(table): \(SyncOutput.counted(count, "row"))")
        }
        if report.objects > 0 {
            say("    \(SyncOutput.counted(report.objects, "large object"))")
        }
    }
}

/// An export as JSON.
struct ExportDocument: Encodable {
    let source: String
    let target: String
    let file: String
    let rows: [String: Int]
    let largeObjects: Int
    let bytes: Int

    init(_ report: Replication.Export.Report, file: String, bytes: Int) {
        source = report.node.name
        target = report.neighbour
        self.file = file
        rows = report.tables
        largeObjects = report.objects
        self.bytes = bytes
    }
}
