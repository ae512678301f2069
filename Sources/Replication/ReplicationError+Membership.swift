/// What is said about edges that are paused or filtered, and about nodes that are no more.
extension ReplicationError {
    /// What happened, and where.
    var messageOfMembership: String {
        switch self {
        case .paused(let database, let neighbour, let pause):
            "\(database) - \(neighbour): \(pause.inWords(database))"
        case .neighbourAway(_, _, let because):
            because
        case .filtersDiffer(let home, let neighbour, let tables):
            "\(home) and \(neighbour) do not have the same filters:\(lines(tables))"
        case .filterBroken(let database, let table):
            "\(database): the filter of table \(table) names a column that a change of schema takes away"
        case .noFilter(let database, let table, let because, _):
            "\(database): no filter can be set for table \(table): \(because)"
        default:
            ""
        }
    }

    /// What to do about it.
    var hintOfMembership: String? {
        switch self {
        case .paused(let database, let neighbour, let pause):
            "nothing was changed, and changes go on being logged; to go on: trompe resume "
                + (pause.isOfNode ? database : "\(database) \(neighbour)")
        case .neighbourAway(let database, let number, _):
            "nothing was changed; try again later, or if it is gone for good: trompe unlink "
                + "\(database) --node \(number)"
        case .filtersDiffer:
            "nothing was changed; set or remove each of them again: trompe filter"
        case .filterBroken(_, let table):
            "nothing was changed; set another one first: trompe filter HOME NEIGHBOUR \(table) --where ..."
        case .noFilter(_, _, _, let hint):
            hint ?? "nothing was changed"
        default:
            nil
        }
    }
}
