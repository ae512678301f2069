import ArgumentParser
import Postgres
import Replication

/// `trompe compact`: removes what newer entries of the logs make needless.
struct Compact: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Remove log entries of which newer ones say the same.",
        discussion: """
            Where a row was changed many times while a neighbour is away, the neighbour needs the last \
            change only. A sync does this by itself where a log has grown large for its table; this \
            does it for all logs, at once. The newest entry of each key stays.
            """)

    @Argument(help: "The databases.", completion: Service.completion)
    var databases: [String]

    func run() throws {
        for database in databases {
            let connection = try Connection(database)
            let logs = try Compaction.run(connection).filter { $0.removed > 0 }
            if logs.isEmpty { Console.print("\(connection.label): nothing to remove") }
            for log in logs {
                Console.print(
                    "\(connection.label): \(log.table): removed \(log.removed) of \(log.entries) entries"
                )
            }
        }
    }
}
