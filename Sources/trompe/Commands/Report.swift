import ArgumentParser
import Postgres
import Replication

/// `trompe report`: a page about a node, for a browser.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a page with the tree, the history of syncs, and the newest conflicts.",
        discussion: """
            One file of HTML that needs no other and no script. There are rows in it, those of \
            conflicts: whoever can read the file can read them.
            """)

    @Argument(help: "The database.")
    var database: String

    @Option(name: .shortAndLong, help: "The file; - is stdout.")
    var output: String

    @Flag(help: "Ask the neighbours too that are known by a service name, and theirs.")
    var all = false

    private static let mostConflicts = 200

    func run() throws {
        let file = output == "-" ? nil : try ReportFile(output)
        let inquiry = Inquiry([database], all: all)
        if let failure = inquiry.failures.first { throw failure }
        let connection = try Connection(database)
        let page = ReportPage(
            inquiry: inquiry, history: try connection.looking { try SyncHistory(connection) },
            conflicts: try connection.looking {
                try ConflictComparison.newest(connection, limit: Self.mostConflicts)
            },
            database: connection.label)
        if let file {
            try file.write(page.html)
        } else {
            Console.print(page.html, terminator: "")
        }
    }
}
