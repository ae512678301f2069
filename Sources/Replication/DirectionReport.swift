/// What one direction moved.
public struct DirectionReport: Sendable, Hashable {
    /// What it did to one table.
    public struct Table: Sendable, Hashable {
        /// `schema.table`.
        public let name: String
        /// Rows that the source sent.
        public var staged = 0
        /// Rows inserted.
        public var inserted = 0
        /// Rows updated.
        public var updated = 0
        /// Rows deleted.
        public var deleted = 0
        /// Whether the table was emptied as a whole.
        public var isTruncated = false
        /// Rows changed on both sides, of which the source's won.
        public var taken = 0
        /// Rows changed on both sides, of which the target's won.
        public var kept = 0
        /// Rows changed on both sides, of which a function made another, or the policy "columns".
        public var merged = 0
        /// Rows changed on both sides in different columns, where both changes stand: no conflicts.
        public var combined = 0

        /// Rows that stay as they are, by a newer change or as neither side has them.
        var left = 0

        /// Rows changed on both sides.
        public var conflicts: Int { taken + kept + merged }
        /// Rows that are now other than before.
        public var moved: Int { inserted + updated + deleted }
    }

    /// The name of the node that was read.
    public let source: String
    /// The name of the node that was brought up to date.
    public let target: String
    /// The users' tables, in the order of the registry; those of which nothing was sent are not in
    /// it.
    public internal(set) var tables: [Table] = []
    /// Rows from the source that wait at the target, by table: a constraint forbids them.
    public internal(set) var waiting: [String: Int] = [:]
    /// The statements that changed the target's schema, or count as done there, each in one line.
    public internal(set) var schemaChanges: [String] = []
    /// What became of large objects.
    public struct Objects: Sendable, Hashable, Encodable {
        /// Objects that are new at the target.
        public internal(set) var made = 0
        /// Objects whose content was changed in its place.
        public internal(set) var changed = 0
        /// Objects that nothing names any more, and that were unlinked.
        public internal(set) var removed = 0
        /// Objects that nothing names any more, and that the agent may not unlink.
        public internal(set) var left = 0
        /// Bytes of contents that were read from the source.
        public internal(set) var bytes = 0
        /// Rows that arrived and name objects that the source does not have; at most 100 of a table.
        public internal(set) var missing: [MissingObject] = []
    }

    /// A row that names a large object which is not there.
    public struct MissingObject: Sendable, Hashable, Encodable {
        /// `schema.table`.
        public let table: String
        /// The row's key as json.
        public let key: String
        /// The column that names the object.
        public let column: String
        /// The object's number at the source.
        public let number: Int
    }

    /// What became of large objects.
    public internal(set) var objects = Objects()
    /// Facts about the tree that arrived: rows of this schema's own replicated tables.
    public internal(set) var systemRows = 0
    /// Bytes read from the source.
    public internal(set) var bytes = 0
    /// The first direction over a new edge, with everything in it.
    public internal(set) var isFirst = false
    /// Whether rows had been brought over before, whose tables can go now.
    var hasStagings = false
    /// Whether it was only tried, and rolled back.
    public internal(set) var isDryRun = false
    /// Whether the target noted that it has come further in the source's log.
    public internal(set) var isWatermarkNew = false
    /// When the newest change that arrived was made, by the clock of its origin; as text in UTC.
    var newestChange: String?
    /// How often it had to begin again, as others held a lock or changed a row.
    public internal(set) var retries = 0
    /// Seconds from its beginning to its commit.
    public internal(set) var seconds = 0.0

    /// In a dry run the way back meets the conflicts that the first direction would have decided.
    mutating func forgetConflicts() {
        for index in tables.indices {
            tables[index].taken = 0
            tables[index].kept = 0
            tables[index].merged = 0
        }
    }

    /// All rows changed.
    public var moved: Int { tables.reduce(0) { $0 + $1.moved } }
    /// All conflicts.
    public var conflicts: Int { tables.reduce(0) { $0 + $1.conflicts } }
    /// All rows sent.
    public var staged: Int { tables.reduce(0) { $0 + $1.staged } }
    /// All tables emptied.
    public var truncated: Int { tables.count { $0.isTruncated } }
    /// Whether anything arrived at all.
    public var isEmpty: Bool { tables.isEmpty && systemRows == 0 && schemaChanges.isEmpty }
}
