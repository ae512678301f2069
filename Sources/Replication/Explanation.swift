import Postgres

/// What a node knows of one row: what it is, which changes of it the log still names, who has got
/// them, and which conflicts it was in.
public struct Explanation: Sendable, Hashable {
    /// A column of the key, with its value as PostgreSQL writes it.
    public struct KeyValue: Sendable, Hashable {
        /// Its name.
        public let column: String
        /// As text.
        public let value: String
    }

    /// The row as it stands.
    public enum Present: Sendable, Hashable {
        /// As json.
        case there(String)
        /// Deleted, or it never was.
        case absent
        /// The role may not see it; why.
        case hidden(String)
    }

    /// A logged change.
    public struct Entry: Sendable, Hashable {
        /// When it was made, as text in UTC; `-infinity` where the row was there before its changes were
        /// captured.
        public let changedAt: String
        /// The number of the node on which it was made.
        public let origin: Int
        /// The number of the neighbour through which it came; nil: it was written here.
        public let via: Int?
        /// I, U, D: the row was inserted, updated, deleted; T: its table was emptied.
        public let action: String
    }

    /// How a neighbour stands to the row, as far as this node knows.
    public enum Place: String, Sendable {
        /// It has got all that the log names.
        case level
        /// Something has to be sent yet.
        case pending
        /// It was never synced.
        case new
    }

    /// A neighbour, and whether it has heard of the row as it stands here.
    public struct Neighbour: Sendable, Hashable {
        /// Its node number.
        public let number: Int
        /// Its name.
        public let name: String
        /// Whether something is on its way there.
        public let place: Place
        /// Whether a filter keeps the row, as it stands here, from it.
        public let isOutside: Bool
        /// Its row waits here, as a constraint forbids it.
        public let waiting: WaitingRow?
    }

    /// A conflict that the row was in, without the versions.
    public struct Contest: Sendable, Hashable {
        /// Its uuid.
        public let id: String
        /// When it was decided, as text in UTC.
        public let decidedAt: String
        /// The number of the node on which it was decided.
        public let decidedBy: Int
        /// The policy that decided it.
        public let policy: String
        /// The number of the node on which the version that stayed was made.
        public let winner: Int
        /// When that was, as text in UTC.
        public let winnerChangedAt: String
        /// The number of the node on which the version that lost was made.
        public let loser: Int
        /// When that was, as text in UTC.
        public let loserChangedAt: String
        /// Where rows of two keys met, the constraint over which they did.
        public let claimed: String?
        /// The key of the other one, as json.
        public let otherKey: String?
        /// Whether that one won.
        public let otherWon: Bool
    }

    /// How far back the log goes.
    public struct Reach: Sendable, Hashable {
        /// Since when the table's changes are captured, as text in UTC.
        public let capturedSince: String
        /// What all neighbours had and is older is gone, as text in UTC; nil: nothing is.
        public let purgedBefore: String?
        /// Of a key that changed often, the newest entries alone may be left.
        public let isCompacted: Bool
    }

    /// No more entries and conflicts are told.
    static let limit = 100

    /// The node that was asked.
    public let node: Node
    /// `schema.table`.
    public let table: String
    /// The key.
    public let key: [KeyValue]
    /// The row.
    public let present: Present
    /// What the log names, newest first; 100 at most.
    public let entries: [Entry]
    /// How many more there are.
    public let moreEntries: Int
    /// The neighbours.
    public let neighbours: [Neighbour]
    /// The conflicts, newest first; 100 at most.
    public let conflicts: [Contest]
    /// How many more there are.
    public let moreConflicts: Int
    /// How far back the log goes.
    public let reach: Reach
    /// The names of the nodes of the tree, by number.
    private let members: [Int: String]

    /// What made the row what it is: its name, which it has on every node.
    public var version: Entry? { entries.first }

    /// Asks a node. Only this schema is read, and the table where the role may.
    ///
    /// - Parameters:
    ///   - table: as a person writes it.
    ///   - key: the value of a key of one column; `column=value` for each; or a JSON object.
    /// - Throws: `ReplicationError.unknownTable` and `.noRow`.
    public init(_ connection: Connection, table: String, key words: [String]) throws {
        let node = try Node(connection)
        self = try connection.transaction("begin isolation level repeatable read, read only") {
            let relation = try Relation.find(connection, named: table)
            let key = try RowKey(words, of: relation, connection)
            return try Explanation(node, connection, relation, key)
        }
    }

    private init(
        _ node: Node, _ connection: Connection, _ relation: Relation, _ key: RowKey
    ) throws {
        self.node = node
        table = relation.fullName
        present = try Self.present(connection, relation, key)
        let answers = try connection.queries(
            [
                Self.entries(relation, key), Self.neighbours(relation, key), Self.reach(relation),
                Self.conflicts(relation, key), Self.waiting(relation, key), key.canonical,
            ] + Tree.questions)
        entries = try answers[0].map(Entry.init)
        moreEntries = try (answers[0].first?.int("count") ?? 0) - entries.count
        let waiting = try WaitingRow.all(answers[4])
        let outside = try Self.outside(connection, relation, key, present)
        neighbours = try answers[1].map { row in
            let number = try row.int("number")
            return Neighbour(
                number: number, name: try row.string("name"),
                place: try row.bool("is_new")
                    ? .new : row.bool("is_pending") ? .pending : .level,
                isOutside: outside.contains(number),
                waiting: waiting.first { $0.neighbour == number })
        }
        reach = try Self.reach(answers[2])
        conflicts = try answers[3].map(Contest.init)
        moreConflicts = try (answers[3].first?.int("count") ?? 0) - conflicts.count
        let values = try answers[5].first?.strings("texts") ?? key.values
        self.key = zip(key.columns, values).map { KeyValue(column: $0.name, value: $1) }
        members = try Tree(Array(answers[6...])).names
    }

    /// What people call a node.
    public func name(_ number: Int) -> String {
        number == node.number ? node.name : members[number] ?? "node \(number)"
    }
}
