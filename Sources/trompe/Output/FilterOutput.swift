import Replication

extension KnownFilter {
    /// In words.
    var line: String {
        if isExcluded { return "\(table) does not cross the edge to \(neighbourName)" }
        let rows = "the rows of \(table) where \(condition ?? "(a column is gone)")"
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

    init(_ filter: KnownFilter) {
        table = filter.table
        neighbour = filter.neighbour
        neighbourName = filter.neighbourName
        isHome = filter.isHome
        isExcluded = filter.isExcluded
        condition = filter.condition
    }
}
