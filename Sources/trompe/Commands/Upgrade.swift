import ArgumentParser
import Postgres
import Replication

/// `trompe upgrade`: brings the schema of a node up to this program.
struct Upgrade: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Bring the schema of a node up to this program's version.")

    @Argument(help: "The database.", completion: Service.completion)
    var database: String

    func run() throws {
        let connection = try Connection(database)
        let version = try Installation.upgrade(connection)
        Console.print(
            version == Schema.version
                ? "\(connection.label): version \(version) already; its functions were renewed"
                : "\(connection.label): upgraded from version \(version) to \(Schema.version)")
    }
}
