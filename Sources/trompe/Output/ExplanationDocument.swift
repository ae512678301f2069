import Replication

/// What is known of one row, as JSON; the row is a text of JSON, so that no number in it loses a digit.
struct ExplanationDocument: Encodable {
    struct Entry: Encodable {
        let changedAt: String
        let origin: Int
        let originName: String
        let via: Int?
        let action: String
    }

    struct Neighbour: Encodable {
        let number: Int
        let name: String
        /// level, pending or new (never synced).
        let state: String
        /// Whether a filter keeps the row from it.
        let isOutside: Bool
        let waiting: WaitingDocument?
    }

    struct Contest: Encodable {
        let id: String
        let decidedAt: String
        let decidedBy: Int
        let policy: String
        let winner: Int
        let winnerChangedAt: String
        let loser: Int
        let loserChangedAt: String
        let claimed: String?
        let otherKey: String?
        let lostToOtherKey: Bool
    }

    let node: Int
    let name: String
    let table: String
    let key: [String: String]
    /// Whether the row is there; missing where the role may not see it.
    let isThere: Bool?
    let row: String?
    /// Why the row is not shown.
    let hidden: String?
    let version: Entry?
    let entries: [Entry]
    let moreEntries: Int
    let neighbours: [Neighbour]
    let conflicts: [Contest]
    let moreConflicts: Int
    let capturedSince: String
    let purgedBefore: String?
    let isCompacted: Bool

    init(_ explanation: Explanation) {
        let entry = { (entry: Explanation.Entry) in
            Entry(
                changedAt: entry.changedAt, origin: entry.origin,
                originName: explanation.name(entry.origin), via: entry.via, action: entry.action)
        }
        node = explanation.node.number
        name = explanation.node.name
        table = explanation.table
        key = Dictionary(
            explanation.key.map { ($0.column, $0.value) }, uniquingKeysWith: { first, _ in first })
        switch explanation.present {
        case .there(let json): (isThere, row, hidden) = (true, json, nil)
        case .absent: (isThere, row, hidden) = (false, nil, nil)
        case .hidden(let why): (isThere, row, hidden) = (nil, nil, why)
        }
        version = explanation.version.map(entry)
        entries = explanation.entries.map(entry)
        moreEntries = explanation.moreEntries
        neighbours = explanation.neighbours.map { neighbour in
            Neighbour(
                number: neighbour.number, name: neighbour.name, state: neighbour.place.rawValue,
                isOutside: neighbour.isOutside,
                waiting: neighbour.waiting.map(WaitingDocument.init))
        }
        conflicts = explanation.conflicts.map { contest in
            Contest(
                id: contest.id, decidedAt: contest.decidedAt, decidedBy: contest.decidedBy,
                policy: contest.policy, winner: contest.winner,
                winnerChangedAt: contest.winnerChangedAt, loser: contest.loser,
                loserChangedAt: contest.loserChangedAt, claimed: contest.claimed,
                otherKey: contest.otherKey, lostToOtherKey: contest.otherWon)
        }
        moreConflicts = explanation.moreConflicts
        capturedSince = explanation.reach.capturedSince
        purgedBefore = explanation.reach.purgedBefore
        isCompacted = explanation.reach.isCompacted
    }
}
