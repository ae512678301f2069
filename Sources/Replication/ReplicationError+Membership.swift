/// What is said about edges that are paused, and about nodes that are no more.
extension ReplicationError {
    /// What happened, and where.
    var messageOfMembership: String {
        switch self {
        case .paused(let database, let neighbour, let pause):
            "\(database) - \(neighbour): \(pause.inWords(database))"
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
        default:
            nil
        }
    }
}
