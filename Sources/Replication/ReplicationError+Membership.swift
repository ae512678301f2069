/// What is said about edges that are paused, and about nodes that are no more.
extension ReplicationError {
    /// What happened, and where.
    var messageOfMembership: String {
        switch self {
        case .paused(let database, let neighbour, let pause):
            "\(database) - \(neighbour): \(pause.inWords(database))"
        case .neighbourAway(_, _, let because):
            because
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
        default:
            nil
        }
    }
}
