import ArgumentParser
import Postgres
import Replication

/// `trompe filter`: what a neighbour gets of a table.
struct Filter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "filter",
        abstract: "Choose which rows and columns of a table a neighbour gets, or show that.",
        discussion: """
            HOME has the whole table; NEIGHBOUR gets the rows of which the condition is true, and may \
            write such rows alone. A row that leaves the filter leaves NEIGHBOUR, and stays at HOME. \
            The condition may use the columns of the table, and what PostgreSQL itself has of functions, \
            operators and types; NULL does not count as true. Rows come and leave with the next sync. \
            Of columns that are not in the list, nothing leaves HOME, and NEIGHBOUR cannot change them there: \
            it has NULL in them, or their default. Columns that the table gets later are not in it. \
            It takes the owner of the schema "replication", as install does.

            trompe filter HOME NEIGHBOUR orders --where "region = 'north'"
            trompe filter HOME NEIGHBOUR people --columns id,name,phone
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

    @Option(
        help: ArgumentHelp(
            "The columns that NEIGHBOUR gets, the key's among them.", valueName: "name,..."))
    var columns: String?

    @Flag(help: "The table does not cross the edge at all, in either direction.")
    var exclude = false

    @Flag(help: "Remove the filter.")
    var none = false

    @Flag(help: "Show the filters as JSON.")
    var json = false

    @OptionGroup var edge: EdgeOptions

    private var rules: [Edge.Rule] {
        let part = condition != nil || columns != nil
        return (part ? [.rows(condition, columns: columns.map(Self.names))] : [])
            + (exclude ? [.nothing] : []) + (none ? [.all] : [])
    }

    /// The names in a list as PostgreSQL reads them: as they are in double quotes, else in small letters.
    static func names(_ list: String) -> [String] {
        var names = [""]
        var isQuoted = false
        var wasClosed = false
        for character in list {
            switch character {
            case "\"":
                // Two of them in a quoted name stand for one.
                if wasClosed { names[names.count - 1].append("\"") }
                isQuoted.toggle()
                wasClosed = !isQuoted
                continue
            case "," where !isQuoted: names.append("")
            case " " where !isQuoted: break
            default:
                names[names.count - 1] += isQuoted ? "\(character)" : character.lowercased()
            }
            wasClosed = false
        }
        return names
    }

    func validate() throws {
        guard rules.count == (table == nil ? 0 : 1) else {
            throw ValidationError(
                table == nil
                    ? "Give HOME, NEIGHBOUR and the table."
                    : "Give --where or --columns or both, or --exclude, or --none.")
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
            case .rows(let condition, let columns):
                neighbour + " gets "
                    + (columns.map { "the columns \($0.joined(separator: ", ")) of " } ?? "")
                    + (condition.map { "the rows where \($0)" } ?? "all rows")
            case .nothing: "does not cross the edge any more"
            case .all: "\(neighbour) gets all rows"
            }
        let rows =
            report.isFirst
            ? "" : "; with the next sync, \(report.rows) rows come or leave, or are looked at"
        let values =
            report.values == 0
            ? "" : "; in \(report.values) of its rows, values of columns came or went at once"
        return "table \(report.table): " + what + (rule == .nothing ? "" : rows) + values
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
