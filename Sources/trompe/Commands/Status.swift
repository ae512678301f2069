import ArgumentParser
import Postgres
import Replication

/// `trompe status`: what nodes know of themselves, their neighbours and the tree.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show nodes: the tree, what waits for whom, what is not replicated.")

    @Argument(help: "The databases.", completion: Service.completion)
    var databases: [String]

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() throws {
        let all = try databases.map { try Replication.Status(try Connection($0)) }
        if json {
            try Json.print(all.map(StatusDocument.init))
        } else {
            for (index, status) in all.enumerated() {
                if index > 0 { Console.print() }
                StatusOutput.show(status)
            }
        }
    }
}
