import ArgumentParser
import Postgres
import Replication

/// `trompe uninstall`: makes a node an ordinary database again.
struct Uninstall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Make a node an ordinary database again.",
        discussion: "Removes the schema, the triggers and the settings of the sequences.")

    @Argument(help: "The database.", completion: Service.completion)
    var database: String

    @Flag(help: "Also where it still has neighbours, which must then unlink it with --node.")
    var force = false

    func run() throws {
        let connection = try Connection(database)
        try Installation.uninstall(connection, isForced: force)
        Console.print("\(connection.label): uninstalled")
    }
}
