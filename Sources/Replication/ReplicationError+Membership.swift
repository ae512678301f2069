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
        case .filterFails(let database, let table, let neighbour, let because):
            "\(database): the condition of the filter for table \(table), by which \(neighbour) gets "
                + "rows, cannot be told of some row: \(because)"
        case .noFilter(let database, let table, let because, _):
            "\(database): no filter can be set for table \(table): \(because)"
        case .notGraftable(let a, let b, let because, _):
            "\(a) and \(b) cannot be grafted: \(because)"
        case .graftNeedsMerge(let a, let b, let dead, let reasons):
            "the logs do not tell all that \(a) and \(b) have of each other's changes through "
                + "\(dead):\(lines(reasons))"
        case .stillAlive(let database, _, _):
            "\(database) is alive: a graft is for two neighbours of a node that is gone for good"
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
        case .filterFails(let database, let table, let neighbour, _):
            "nothing was changed; change or delete that row, or set a condition that can be told of "
                + "every row: trompe filter \(database) \(neighbour) \(table) --where ..."
        case .noFilter(_, _, _, let hint):
            hint ?? "nothing was changed"
        case .notGraftable(_, _, _, let hint):
            hint
        case .graftNeedsMerge(let a, let b, _, _):
            "nothing was changed; to compare all rows instead, and let the policies decide where they "
                + "differ: trompe graft \(a) \(b) --merge"
        case .stillAlive(let database, let a, let b):
            "nothing was changed; sync with it. If \(database) shall leave the tree all the same, and "
                + "what only it has be lost to the others: trompe graft \(a) \(b) --dead"
        default:
            nil
        }
    }
}
