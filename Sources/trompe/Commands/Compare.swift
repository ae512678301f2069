import ArgumentParser
import Foundation
import Postgres
import Replication

/// `trompe compare`: finds rows and large objects that differ although nothing is to be synced.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare the rows and large objects of two neighbours.",
        discussion: """
            Rows are compared by hashes over ranges of keys, made in the servers, and narrowed down to \
            the rows that differ. Then come the contents of the large objects that both sides' rows \
            name: lo_write and lo_put change an object, but not its row, and a sync sees rows. Rows that \
            are still to be synced are told apart, so both databases may be in use. Nothing is changed.

            --repair-from sends what differs again, as if it had been changed on that database now, \
            and syncs both. The other database then has its rows, and so will all others; what it had \
            itself stands in the history (trompe conflicts).

            Exit status: 0 nothing differs (any more); 2 something does.
            """)

    @Argument(help: "One database.", completion: Service.completion)
    var a: String

    @Argument(help: "Its neighbour.", completion: Service.completion)
    var b: String

    @Option(
        help: ArgumentHelp(
            "Take the contents of this database over: A or B, or its name as it is given.",
            valueName: "db"))
    var repairFrom: String?

    @Flag(help: "With --repair-from: say what would be sent again, and change nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Compare this table alone; several, with commas or by giving the option again.",
            valueName: "table,..."))
    var tables: [String] = []

    @Option(
        help: ArgumentHelp(
            "Of large tables, compare so many percent, in ranges of keys drawn by lot.",
            valueName: "percent"))
    var sample: Double?

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var edge: EdgeOptions

    func validate() throws {
        let end = try end()
        if dryRun, end == nil {
            throw ValidationError(
                "--dry-run goes with --repair-from; a comparison changes nothing.")
        }
        guard let sample else { return }
        guard sample > 0, sample <= 100 else {
            throw ValidationError("--sample is a number of percent, above 0 and up to 100.")
        }
        guard end == nil else {
            throw ValidationError(
                "--sample finds some of what differs; --repair-from wants all of it.")
        }
    }

    /// Which of the two is meant. A database can be called A, and be the second.
    private func end() throws -> Edge.End? {
        guard let repairFrom else { return nil }
        switch (repairFrom == a || repairFrom == "A", repairFrom == b || repairFrom == "B") {
        case (true, false): return .a
        case (false, true): return .b
        case (true, true):
            throw ValidationError(
                "--repair-from can mean both databases; name the two in another way.")
        case (false, false):
            throw ValidationError(
                "--repair-from takes A or B, or one of the two databases as it is given.")
        }
    }

    func run() throws {
        defer { Console.clearProgress() }
        let (first, second) = (try Connection(a), try Connection(b))
        var options = CompareOptions()
        options.tables = TableNames.split(tables)
        options.percent = sample
        options.listing = json ? 10_000 : CompareOutput.limit
        options.lockTimeoutMilliseconds = edge.lockTimeoutMilliseconds
        let databases = try Edge(first, second, logger: edge.logger)
        let show = { SyncOutput.progress("\(first.label) - \(second.label)", $0) }
        let found: Comparison
        var waits = false
        if let end = try end() {
            var sync = SyncOptions()
            sync.lockTimeoutMilliseconds = edge.lockTimeoutMilliseconds
            sync.isDryRun = dryRun
            let repair = try databases.repair(from: end, options, sync: sync, onProgress: show)
            found = repair.after
            waits = (repair.sync?.waiting ?? 0) > 0
            if json { try Json.print(CompareDocument(repair)) } else { CompareOutput.show(repair) }
        } else {
            found = try databases.compare(options, onProgress: show)
            if json { try Json.print(CompareDocument(found)) } else { CompareOutput.show(found) }
            if !json, !found.isLevel { Console.error(hint(found)) }
        }
        if !found.isLevel || waits { throw ExitCode(2) }
    }

    private func hint(_ found: Comparison) -> String {
        let names = [a, b].compactMap(Service.name)
        let words =
            names.count == 2 && !names.contains("A") && !names.contains("B")
            ? names : ["A", "B"]
        return """
            hint: to give both what \(found.a) has run it again with --repair-from \
            \(words[0]); what \(found.b) has, with --repair-from \(words[1])
            """
    }
}

/// Names of tables as a user gives them, with commas between them, but for those in quotes.
enum TableNames {
    static func split(_ texts: [String]) -> [String] {
        texts.flatMap { text in
            var names = [""]
            var isQuoted = false
            for scalar in text.unicodeScalars {
                if scalar == "\"" { isQuoted.toggle() }
                if scalar == ",", !isQuoted {
                    names.append("")
                } else {
                    names[names.count - 1].unicodeScalars.append(scalar)
                }
            }
            return names.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
    }
}
