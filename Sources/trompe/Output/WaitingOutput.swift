import Replication

/// Rows that wait for a person, for that person.
enum WaitingOutput {
    /// One line each.
    static func show(_ rows: [WaitingRow]) {
        for row in rows { Console.print(line(row)) }
    }

    static func line(_ row: WaitingRow) -> String {
        let constraint = row.constraint.map { " (\($0))" } ?? ""
        return "waiting: \(row.table) \(row.key) of node \(row.neighbour) since \(row.since): "
            + row.reason + constraint
    }
}

/// The same as JSON.
struct WaitingDocument: Encodable {
    let neighbour: Int
    let table: String
    let key: String
    let constraint: String?
    let reason: String
    let since: String

    init(_ row: WaitingRow) {
        neighbour = row.neighbour
        table = row.table
        key = row.key
        constraint = row.constraint
        reason = row.reason
        since = row.since
    }
}
