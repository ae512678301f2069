import ArgumentParser
import Postgres
import Replication

/// `trompe rejoin`: brings back a node that went back in time, or a copy of one.
struct Rejoin: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejoin",
        abstract: "Bring back a node that was restored or copied, or lost transactions.",
        discussion: """
            A is the database that went back. It takes its number again, draws numbers above all that \
            it handed out before, and is merged with B: rows that were changed on both sides are \
            conflicts, nothing is deleted that no log says was deleted. Then every other neighbour of \
            A is to be rejoined likewise. A copy whose original lives on needs --node. Killed at any \
            point, it can be run again.
            """)

    @Argument(
        help: "The database that was restored, copied or crashed.",
        completion: Service.completion)
    var a: String

    @Argument(
        help: "A neighbour of it, or of the node that it is a copy of.",
        completion: Service.completion)
    var b: String

    @Option(help: "Make a copy a node of its own, with a number that no other node has.")
    var node: Int?

    @Option(help: "Another name for the node.")
    var name: String?

    @Flag(help: "The database that has A's number for B, or that A was copied from, is gone.")
    var replace = false

    @OptionGroup var edge: EdgeOptions

    func run() throws {
        defer { Console.clearProgress() }
        let here = try Connection(a)
        let there = try Connection(b)
        var options = Replication.Rejoin.Options()
        options.node = node
        options.name = name
        options.replaces = replace
        options.lockTimeoutMilliseconds = edge.lockTimeoutMilliseconds
        let report = try Replication.Rejoin.run(
            here, there, options, witnesses: try witnesses(of: here), logger: edge.logger
        ) { SyncOutput.progress("\(here.label) - \(there.label)", $0) }
        Console.clearProgress()
        show(report, here.label, there.label)
        // As after any sync: something waits for a person.
        if report.sync.waiting > 0 { throw ExitCode(2) }
    }

    /// The other neighbours of A that can be reached by service names: they may hold numbers that A
    /// drew before, and that B has not got yet.
    private func witnesses(of here: Connection) throws -> [Connection] {
        _ = try Node(here)
        return try Neighbour.all(here).compactMap { neighbour in
            guard let service = neighbour.service, service != b else { return nil }
            do {
                let witness = try Connection(service)
                _ = try Node(witness)
                return witness
            } catch {
                Console.error(
                    "warning: \(neighbour.name) cannot be asked which numbers it has of "
                        + "\(here.label): insert nothing here until it is rejoined")
                return nil
            }
        }
    }

    private func show(_ report: Replication.Rejoin.Report, _ here: String, _ there: String) {
        if report.returned.isEmpty {
            Console.error("\(here) and \(there) remember the same; they were only synced")
        }
        for node in report.returned { Console.print("\(node) has come back") }
        SyncOutput.show(report.sync)
        for edge in report.waiting {
            Console.error(
                "still to do: trompe rejoin \(edge.node) with its neighbour \(edge.neighbour)")
        }
    }
}
