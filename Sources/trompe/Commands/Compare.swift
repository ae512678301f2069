import ArgumentParser
import Postgres
import Replication

/// `trompe compare`: finds large objects that differ although no row was changed.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare the large objects of two neighbours.",
        discussion: """
            lo_write and lo_put change a large object, but not the row that names it, and a sync sees \
            rows. This compares the contents on both sides, in the servers, for the rows that both \
            have, and changes nothing. Rows that are still to be synced are left out.

            --repair-from sends the rows that differ again, as if they had been changed on that \
            database now, and syncs both. The other database then has its contents.

            Exit status: 0 nothing differs (any more); 2 something does.
            """)

    @Argument(help: "One database.")
    var a: String

    @Argument(help: "Its neighbour.")
    var b: String

    @Option(
        help: ArgumentHelp(
            "Take the contents of this database over: A or B, or its name as it is given.",
            valueName: "db"))
    var repairFrom: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var edge: EdgeOptions

    func validate() throws {
        _ = try end()
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
        var options = SyncOptions()
        options.lockTimeoutMilliseconds = edge.lockTimeoutMilliseconds
        let databases = try Edge(first, second, logger: edge.logger)
        let show = { SyncOutput.progress("\(first.label) - \(second.label)", $0) }
        let found: ObjectComparison
        var waits = false
        if let end = try end() {
            let repair = try databases.repairObjects(from: end, options, onProgress: show)
            found = repair.after
            waits = (repair.sync?.waiting ?? 0) > 0
            if json { try Json.print(CompareDocument(repair)) } else { CompareOutput.show(repair) }
        } else {
            found = try databases.compareObjects(options, onProgress: show)
            if json { try Json.print(CompareDocument(found)) } else { CompareOutput.show(found) }
        }
        if !json, !found.isLevel { Console.error(hint(found)) }
        if !found.isLevel || waits { throw ExitCode(2) }
    }

    private func hint(_ found: ObjectComparison) -> String {
        let names = [a, b].compactMap(Service.name)
        let words =
            names.count == 2 && !names.contains("A") && !names.contains("B")
            ? names : ["A", "B"]
        return """
            hint: to give both the contents of \(found.a) run it again with --repair-from \
            \(words[0]); of \(found.b), with --repair-from \(words[1])
            """
    }
}
