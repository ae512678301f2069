import ArgumentParser
import Postgres
import Replication

/// `trompe keep`: how long logs are kept when all neighbours have them.
struct Keep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep",
        abstract: "Show or set how long log entries are kept after all neighbours have them.",
        discussion: """
            A node that goes back in time, and the neighbours of one that dies, find out by them who has \
            seen what. An entry takes some 64 bytes of disk. Each node has its own time; give all of them \
            the same. While a neighbour is away the time stands still.
            """)

    @Argument(help: "The database.", completion: Service.completion)
    var database: String

    @Argument(help: "The time, such as 7d, 12h or \"2 months\" (default: show it).")
    var age: String?

    func run() throws {
        let connection = try Connection(database)
        if let age { try Retention.set(connection, to: age) }
        Console.print(
            "\(connection.label): log entries are kept for \(try Retention.shown(connection)) after "
                + "all neighbours have them")
    }
}
