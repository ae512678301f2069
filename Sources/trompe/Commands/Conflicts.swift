import ArgumentParser
import Postgres
import Replication

/// `trompe conflicts`: the history of rows that were changed on two sides.
struct Conflicts: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show conflicts: both versions of a row, and which of them won.",
        usage: """
            trompe conflicts <database> [list] [--limit <n>] [--json]
            trompe conflicts <database> show <id> [--json]
            """)

    /// What to do.
    enum Action: String, ExpressibleByArgument, CaseIterable {
        case list
        case show
    }

    @Argument(help: "The database.")
    var database: String

    @Argument(help: "list or show.")
    var action: Action = .list

    @Argument(help: "For show: the id of a conflict, or its beginning.")
    var id: String?

    @Option(help: "For list: at most so many, the newest first.")
    var limit: Int = 1_000

    @Flag(help: "Print the result as JSON.")
    var json = false

    func validate() throws {
        if (action == .show) != (id != nil) {
            throw ValidationError("Give an id with show, and only with it.")
        }
        if limit < 1 { throw ValidationError("--limit is at least 1.") }
    }

    func run() throws {
        let connection = try Connection(database)
        _ = try Node(connection)
        let conflicts =
            try id.map { [try Conflict.find(connection, id: $0)] }
            ?? Conflict.all(connection, limit: limit)
        if json {
            try Json.print(conflicts.map(ConflictDocument.init))
        } else if action == .show {
            conflicts.forEach(ConflictOutput.show)
        } else {
            ConflictOutput.list(conflicts)
        }
    }
}
