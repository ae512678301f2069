import ArgumentParser
import Postgres
import Replication

/// `trompe filter`: what a neighbour gets of a table.
struct Filter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "filter",
        abstract: "Choose which rows of a table a neighbour gets, or show what was chosen.",
        discussion: """
            HOME has the whole table; NEIGHBOUR gets the rows of which the condition is true, and may \
            write such rows alone. A row that leaves the filter leaves NEIGHBOUR, and stays at HOME. \
            The condition may use the columns of the table, and what PostgreSQL itself has of functions, \
            operators and types; NULL does not count as true. Rows come and leave with the next sync. \
            It takes the owner of the schema "replication", as install does.

            trompe filter HOME NEIGHBOUR orders --where "region = 'north'"
            trompe filter HOME NEIGHBOUR wages --exclude
            trompe filter HOME NEIGHBOUR orders --none
            trompe filter HOME [NEIGHBOUR]     shows the filters
            """)

    @Argument(help: "The database that has the whole table.", completion: Service.completion)
    var home: String

    @Argument(help: "The neighbour that gets a part of it.", completion: Service.completion)
    var neighbour: String?

    @Argument(help: "The table, with its schema.")
    var table: String?

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("The rows that NEIGHBOUR gets.", valueName: "condition"))
    var condition: String?

    @Flag(help: "The table does not cross the edge at all, in either direction.")
    var exclude = false

    @Flag(help: "Remove the filter.")
    var none = false

    @Flag(help: "Show the filters as JSON.")
    var json = false

    @OptionGroup var edge: EdgeOptions

    private var rules: [Edge.Rule] {
        (condition.map { [.rows($0)] } ?? []) + (exclude ? [.nothing] : [])
            + (none ? [.all] : [])
    }

    func validate() throws {
        guard rules.count == (table == nil ? 0 : 1) else {
            throw ValidationError(
                table == nil
                    ? "Give HOME, NEIGHBOUR and the table."
                    : "Give one of --where, --exclude and --none.")
        }
        guard table == nil || !json else {
            throw ValidationError("--json is for showing the filters.")
        }
    }

    func run() throws {
        let here = try Connection(home)
        guard let table, let rule = rules.first, let neighbour else { return try show(here) }
        let there = try Connection(neighbour)
        let report = try Edge(here, there, logger: edge.logger).setFilter(
            table: table, rule, lockTimeoutMilliseconds: edge.lockTimeoutMilliseconds)
        Console.print("\(here.label) - \(there.label): " + inWords(rule, report, there.label))
    }

    private func inWords(
        _ rule: Edge.Rule, _ report: Edge.FilterReport, _ neighbour: String
    ) -> String {
        let what =
            switch rule {
            case .rows(let condition): "\(neighbour) gets the rows where \(condition)"
            case .nothing: "does not cross the edge any more"
            case .all: "\(neighbour) gets all rows"
            }
        let rows =
            report.isFirst
            ? "" : "; with the next sync, \(report.rows) rows come or leave, or are looked at"
        return "table \(report.table): " + what + (rule == .nothing ? "" : rows)
    }

    private func show(_ here: Connection) throws {
        let number = try neighbour.map { try Node(Connection($0)).number }
        let filters = try KnownFilter.all(here, neighbour: number)
        if json {
            return try Json.print(filters.map(FilterDocument.init))
        }
        if filters.isEmpty { Console.print("\(here.label): no filters") }
        for filter in filters { Console.print(filter.line) }
    }
}
