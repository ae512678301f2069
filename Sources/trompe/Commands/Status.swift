import ArgumentParser
import Postgres
import Replication

/// `trompe status`: what nodes know of themselves, their neighbours and the tree.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show nodes: the tree, what waits for whom, what is not replicated.",
        discussion: """
            What is pending from a node to its neighbour, the node counts in its own log. Of the other way \
            its neighbour knows: name both, or ask all with --all.

            --metrics is for a monitoring. A database that gives no answer is trompe_up 0 there, and no \
            reason to fail.
            """)

    @Argument(help: "The databases.", completion: Service.completion)
    var databases: [String]

    @Flag(help: "Ask the neighbours too that are known by a service name, and theirs.")
    var all = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: "Print the result in the text format of Prometheus.")
    var metrics = false

    func validate() throws {
        if json, metrics { throw ValidationError("Give --json or --metrics, not both.") }
    }

    func run() throws {
        let inquiry = Inquiry(databases, all: all, figures: metrics)
        if metrics {
            Console.print(MetricsOutput.text(of: inquiry), terminator: "")
        } else if json, !inquiry.statuses.isEmpty {
            try Json.print(inquiry.statuses.map { StatusDocument($0, inquiry.survey) })
        } else if !json {
            StatusOutput.show(inquiry)
        }
        for failure in inquiry.failures { Console.error("trompe: \(failure.text)") }
        if !metrics, let worst = inquiry.worstStatus { throw ExitCode(worst) }
    }
}
