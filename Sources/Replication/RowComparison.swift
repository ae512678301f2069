/// What a comparison of the rows of two neighbours found.
public struct RowComparison: Sendable, Hashable {
    /// A row that is not the same on both sides, although nothing of it is to be synced.
    public struct Difference: Sendable, Hashable {
        /// `schema.table`.
        public let table: String
        /// The key as json.
        public let key: String
        /// The names of the columns that were compared.
        public let columns: [String]
        /// A's values as text, nil for NULL, column by column; nil where A has no such row. Of a long one
        /// there are its first characters, its length and its MD5.
        public let a: [String?]?
        /// The same of B's.
        public let b: [String?]?
    }

    /// What was found in one table.
    public struct Table: Sendable, Hashable {
        /// `schema.table`.
        public let name: String
        /// How many rows A has, in what was compared.
        public internal(set) var rowsA = 0
        /// How many B has.
        public internal(set) var rowsB = 0
        /// Rows that only A has.
        public internal(set) var onlyA = 0
        /// Rows that only B has.
        public internal(set) var onlyB = 0
        /// Rows of one key whose values differ.
        public internal(set) var unlike = 0
        /// Rows that differ, and that the next sync will see to, or that wait for a person.
        public internal(set) var waiting = 0

        /// Rows that differ.
        public var differing: Int { onlyA + onlyB + unlike }
    }

    /// The tables, by name.
    public internal(set) var tables: [Table] = []
    /// The first differences, table by table.
    public internal(set) var differences: [Difference] = []
    /// How many percent of the rows of large tables were looked at; nil: all.
    public internal(set) var percent: Double?

    /// How many rows were compared: of each table, those of the side that has more.
    public var rows: Int { tables.reduce(0) { $0 + max($1.rowsA, $1.rowsB) } }
    /// How many differ.
    public var differing: Int { tables.reduce(0) { $0 + $1.differing } }
    /// How many will be seen to by the next sync, or wait for a person.
    public var waiting: Int { tables.reduce(0) { $0 + $1.waiting } }
    /// Whether nothing differs.
    public var isLevel: Bool { differing == 0 }
}

/// What a comparison is about.
public struct CompareOptions: Sendable, Hashable {
    /// The tables, as a user writes them; none: all.
    public var tables: [String] = []
    /// How many percent of large tables are looked at, in ranges of keys that are drawn by lot.
    public var percent: Double?
    /// At most so many differences of rows, and of large objects, are listed.
    public var listing = 1_000
    /// How long to wait for somebody's lock, in milliseconds.
    public var lockTimeoutMilliseconds = 10_000

    /// Everything.
    public init() {}
}

/// What a comparison of two neighbours found.
public struct Comparison: Sendable, Hashable {
    /// The name of the first node.
    public let a: String
    /// The name of the second one.
    public let b: String
    /// Rows.
    public internal(set) var rows = RowComparison()
    /// The contents of the large objects that rows of both sides name.
    public internal(set) var objects: ObjectComparison
    /// What the next sync will put right, as lines for a person.
    public internal(set) var warnings: [String] = []

    /// Whether nothing differs.
    public var isLevel: Bool { rows.isLevel && objects.isLevel }

    /// The tables in which something differs.
    var differingTables: [String] {
        let names = rows.tables.filter { $0.differing > 0 }.map(\.name)
        return Set(names + objects.differingTables).sorted()
    }
}

/// What was done about what differs.
public struct Repair: Sendable, Hashable {
    /// The name of the node whose rows and contents were taken.
    public let from: String
    /// Whether nothing was done, and only said.
    public let isDryRun: Bool
    /// How many rows were sent again, as they differ or name an object that does.
    public let rows: Int
    /// How many were not, as this node has no object of the number that they name.
    public let leftOut: Int
    /// What was found before.
    public let before: Comparison
    /// What the sync did; nil where there was nothing to send.
    public let sync: Edge.Report?
    /// What was found then.
    public let after: Comparison
}
