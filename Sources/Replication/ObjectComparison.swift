/// What a comparison of the large objects of two neighbours found.
public struct ObjectComparison: Sendable, Hashable {
    /// What a row has in one of its columns with large objects, on one side.
    public enum Content: Sendable, Hashable {
        /// NULL, or a number that can be no object's.
        case nothing
        /// The number of an object that is not there.
        case missing
        /// An object of so many bytes.
        case bytes(Int)
    }

    /// A column of a row, whose objects differ.
    public struct Difference: Sendable, Hashable {
        /// `schema.table`.
        public let table: String
        /// The key as json.
        public let key: String
        /// The column.
        public let column: String
        /// What A has.
        public let a: Content
        /// What B has.
        public let b: Content
    }

    /// The name of the first node.
    public let a: String
    /// The name of the second one.
    public let b: String
    /// How many tables have columns with large objects.
    public internal(set) var tables = 0
    /// How many rows were compared: those that both sides have, with an object on one of them.
    public internal(set) var rows = 0
    /// How many columns of rows were.
    public internal(set) var objects = 0
    /// How many rows were not compared, as they, or rows that share an object with them, were changed
    /// since the last sync, or wait for a person.
    public internal(set) var waiting = 0
    /// How many columns of rows differ.
    public internal(set) var differing = 0
    /// How many rows these belong to.
    public internal(set) var differingRows = 0
    /// The first of them, table by table.
    public internal(set) var differences: [Difference] = []
    /// The tables in which columns of rows differ.
    var differingTables: [String] = []

    /// Whether nothing differs.
    public var isLevel: Bool { differing == 0 }

    init(_ a: Node, _ b: Node) {
        self.a = a.name
        self.b = b.name
    }
}
