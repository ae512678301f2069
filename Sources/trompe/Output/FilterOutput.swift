import Replication

extension KnownFilter {
    /// In words.
    var line: String {
        if isExcluded { return "\(table) does not cross the edge to \(neighbourName)" }
        var rows = condition.map { "the rows of \(table) where \($0)" } ?? "all rows of \(table)"
        if isBroken { rows = "the rows of \(table) where (a column is gone)" }
        if let columns { rows = "the columns \(columns.joined(separator: ", ")) of \(rows)" }
        return isHome ? "\(neighbourName) gets \(rows)" : "from \(neighbourName) come \(rows)"
    }
}

/// A filter as JSON.
struct FilterDocument: Encodable {
    let table: String
    let neighbour: Int
    let neighbourName: String
    /// Whether the node that was asked has the whole table.
    let isHome: Bool
    /// Whether the table does not cross the edge at all.
    let isExcluded: Bool
    /// Missing where it does not, or where a column of it is gone.
    let condition: String?
    /// Missing where all columns cross it.
    let columns: [String]?

    init(_ filter: KnownFilter) {
        table = filter.table
        neighbour = filter.neighbour
        neighbourName = filter.neighbourName
        isHome = filter.isHome
        isExcluded = filter.isExcluded
        condition = filter.condition
        columns = filter.columns
    }
}
