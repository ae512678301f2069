import ArgumentParser
import Postgres
import Replication

/// `trompe graft`: makes two neighbours of a node that died neighbours.
struct Graft: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graft",
        abstract: "Join two neighbours of a node that died.",
        discussion: """
            A and B become neighbours in the place of the node that stood between them, and are synced \
            at once. What each has of the other's changes is told by their logs: only what the other \
            lacks is sent, and a conflict that was decided is not decided again. Where the logs do not \
            reach back, the command says so and changes nothing; --merge then compares all rows, as \
            over a new edge. A third neighbour of the dead node is joined by --merge, too. Killed at \
            any point, it can be run again.
            """)

    @Argument(help: "A neighbour of the node that died.", completion: Service.completion)
    var a: String

    @Argument(help: "Another one.", completion: Service.completion)
    var b: String

    @Flag(help: "Where the logs do not do, compare all rows; the policies decide what differs.")
    var merge = false

    @Flag(help: "The node between the two is to be taken for dead although it answers.")
    var dead = false

    @Flag(help: "Say whether the logs do, and change nothing.")
    var dryRun = false

    @OptionGroup var edge: EdgeOptions

    func run() throws {
        defer { Console.clearProgress() }
        let here = try Connection(a)
        let there = try Connection(b)
        if !dead, !dryRun { try checkGone(here, there) }
        var options = Replication.Graft.Options()
        options.merges = merge
        options.isDryRun = dryRun
        options.lockTimeoutMilliseconds = edge.lockTimeoutMilliseconds
        options.serviceA = Service.name(a)
        options.serviceB = Service.name(b)
        let report = try Replication.Graft.run(here, there, options, logger: edge.logger) {
            SyncOutput.progress("\(here.label) - \(there.label)", $0)
        }
        Console.clearProgress()
        show(report, here.label, there.label)
        // As after any sync: something waits for a person.
        if report.sync.waiting > 0 { throw ExitCode(2) }
    }

    /// Refuses where the node between the two answers, as far as one of them knows how to reach it.
    private func checkGone(_ here: Connection, _ there: Connection) throws {
        let dead = try Replication.Graft.dead(here, there)
        for service in dead.services {
            do {
                guard try Node(Connection(service)).number == dead.number else { continue }
            } catch {
                continue
            }
            throw ReplicationError.stillAlive(
                database: service, a: here.label, b: there.label)
        }
    }

    private func show(_ report: Replication.Graft.Report, _ here: String, _ there: String) {
        for reason in report.reasons { Console.error("the logs do not do: \(reason)") }
        if dryRun {
            Console.print(
                report.reasons.isEmpty
                    ? "\(here) and \(there) can be joined in the place of \(report.dead) by their logs"
                    : "\(here) and \(there) can be joined in the place of \(report.dead) by --merge"
            )
            return
        }
        Console.print("\(here) and \(there) are neighbours in the place of \(report.dead)")
        SyncOutput.show(report.sync)
    }
}
