import Postgres

/// What two neighbours must have in common of a table.
struct Shape: Sendable, Hashable {
    /// A column of it.
    struct Column: Sendable, Hashable {
        let type: String
        let isGenerated: Bool
        /// Its place in the key; nil where it is not part of it.
        let keyPosition: Int?
        /// Whether a row can be without a value for it: it may be NULL, or has a default.
        let isOptional: Bool
    }

    /// One thing that differs.
    struct Difference: Sendable, Hashable {
        /// Names the table, the column and both sides.
        let line: String
        /// A column that one side has, and that is optional: rows can travel without it.
        var lone: LoneColumn?
        /// What is said where it is tolerated.
        var warning: String { "\(line); rows travel without it" }
    }

    var columns: [String: Column]

    /// All replicated tables of a node, by name.
    static func all(_ connection: Connection) throws -> [String: Shape] {
        var shapes: [String: Shape] = [:]
        let rows = try connection.query(
            """
            select tablename, column_name, type, generated, key_position, optional
            from replication.shape
            """)
        for row in rows {
            shapes[try row.string("tablename"), default: Shape(columns: [:])]
                .columns[try row.string("column_name")] = Column(
                    type: try row.string("type"), isGenerated: try row.bool("generated"),
                    keyPosition: try row.optionalInt("key_position"),
                    isOptional: try row.bool("optional"))
        }
        return shapes
    }

    /// Refuses two nodes whose tables, keys, columns or types differ. Returns what differs and can be
    /// tolerated.
    static func check(_ a: Connection, _ b: Connection) throws -> [Difference] {
        try compare(a, b).differences
    }

    /// The same, and whether a side has noted columns that a neighbour lacked.
    static func compare(
        _ a: Connection, _ b: Connection
    ) throws -> (differences: [Difference], hasNotes: Bool) {
        let question: SQL = """
            select replication.shape_digest() as digest,
                exists (select from replication.lone_column) as has_notes
            """
        let (ofA, ofB) = try Connection.queries((a, [question]), (b, [question]))
        let rows = (ofA + ofB).compactMap(\.first)
        let hasNotes = try rows.contains { try $0.bool("has_notes") }
        guard Set(try rows.map { try $0.optionalString("digest") }).count > 1 else {
            return ([], hasNotes)
        }
        let differing = differences(try all(a), a.label, try all(b), b.label)
        guard differing.allSatisfy({ $0.lone != nil }) else {
            throw ReplicationError.schemasDiffer(
                a.label, b.label, differences: differing.map(\.line))
        }
        return (differing, hasNotes)
    }

    /// What differs between two nodes.
    static func differences(
        _ here: [String: Shape], _ nameHere: String, _ there: [String: Shape], _ nameThere: String
    ) -> [Difference] {
        var found: [Difference] = []
        for table in Set(here.keys).union(there.keys).sorted() {
            switch (here[table], there[table]) {
            case (.some, nil):
                found.append(
                    Difference(line: "table \(table) is on \(nameHere) only"))
            case (nil, .some):
                found.append(
                    Difference(line: "table \(table) is on \(nameThere) only"))
            case (.some(let a), .some(let b)):
                found += a.differences(from: b, in: table, nameHere, nameThere)
            case (nil, nil): break
            }
        }
        return found
    }

    private func differences(
        from other: Shape, in table: String, _ nameHere: String, _ nameThere: String
    ) -> [Difference] {
        Set(columns.keys).union(other.columns.keys).sorted().compactMap { name in
            let place = "table \(table), column \(name)"
            switch (columns[name], other.columns[name]) {
            case (let a?, nil):
                return Difference(
                    line: "\(place) is on \(nameHere) only",
                    lone: a.lone(table, name, isOnA: true))
            case (nil, let b?):
                return Difference(
                    line: "\(place) is on \(nameThere) only",
                    lone: b.lone(table, name, isOnA: false))
            case (let a?, let b?):
                return a.difference(from: b, at: place, nameHere, nameThere)
                    .map { Difference(line: $0) }
            case (nil, nil): return nil
            }
        }
    }
}

extension Shape.Column {
    /// What rows do without where only one side has the column; nil where they cannot.
    fileprivate func lone(_ table: String, _ name: String, isOnA: Bool) -> LoneColumn? {
        isOptional && keyPosition == nil
            ? LoneColumn(table: table, name: name, isOnA: isOnA) : nil
    }

    fileprivate func difference(
        from other: Self, at place: String, _ nameHere: String, _ nameThere: String
    ) -> String? {
        if type != other.type {
            return "\(place) is \(type) on \(nameHere), \(other.type) on \(nameThere)"
        }
        if isGenerated != other.isGenerated {
            return "\(place) is generated on \(isGenerated ? nameHere : nameThere) only"
        }
        if keyPosition != other.keyPosition {
            return "\(place) has another place in the key on \(nameHere) than on \(nameThere)"
        }
        return nil
    }
}
