import ArgumentParser
import Postgres
import Replication

/// `trompe explain`: where a row's present value came from.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say where a row came from, who has got it, and which conflicts it was in.",
        discussion: """
            The key is the value of its column; of several columns give each as column=value, or all as \
            one JSON object:

            trompe explain laptop singer 17
            trompe explain laptop part singer=17 concert=2
            trompe explain laptop part '{"singer":17,"concert":2}'

            Only what this database knows is told: its log, from which old entries are removed, and \
            its history of conflicts.
            """)

    @Argument(help: "The database.")
    var database: String

    @Argument(help: "The table, with its schema or without.")
    var table: String

    @Argument(help: "The key of the row.")
    var key: [String]

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() throws {
        let connection = try Connection(database)
        let explanation = try connection.looking {
            try Explanation(connection, table: table, key: key)
        }
        if json {
            try Json.print(ExplanationDocument(explanation))
        } else {
            ExplainOutput.show(explanation)
        }
    }
}
