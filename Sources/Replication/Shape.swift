import Postgres

/// What two neighbours must have in common of a table.
struct Shape: Sendable, Hashable {
    /// A column of it.
    struct Column: Sendable, Hashable {
        let type: String
        let isGenerated: Bool
        /// Its place in the key; nil where it is not part of it.
        let keyPosition: Int?
    }

    var columns: [String: Column]

    /// All replicated tables of a node, by name.
    static func all(_ connection: Connection) throws -> [String: Shape] {
        var shapes: [String: Shape] = [:]
        let rows = try connection.query(
            "select tablename, column_name, type, generated, key_position from replication.shape")
        for row in rows {
            shapes[try row.string("tablename"), default: Shape(columns: [:])]
                .columns[try row.string("column_name")] = Column(
                    type: try row.string("type"), isGenerated: try row.bool("generated"),
                    keyPosition: try row.optionalInt("key_position"))
        }
        return shapes
    }

    /// Refuses two nodes whose tables, keys, columns or types differ.
    static func check(_ a: Connection, _ b: Connection) throws {
        let digests = try [a, b].map {
            try $0.query("select replication.shape_digest() as digest").first?
                .optionalString("digest")
        }
        guard digests[0] != digests[1] else { return }
        throw ReplicationError.schemasDiffer(
            a.label, b.label, differences: differences(try all(a), a.label, try all(b), b.label))
    }

    /// What differs between two nodes, as lines that name the table, the column and both sides.
    static func differences(
        _ here: [String: Shape], _ nameHere: String, _ there: [String: Shape], _ nameThere: String
    ) -> [String] {
        var lines: [String] = []
        for table in Set(here.keys).union(there.keys).sorted() {
            switch (here[table], there[table]) {
            case (.some, nil): lines.append("table \(table) is on \(nameHere) only")
            case (nil, .some): lines.append("table \(table) is on \(nameThere) only")
            case (.some(let a), .some(let b)):
                lines += a.differences(from: b, in: table, nameHere, nameThere)
            case (nil, nil): break
            }
        }
        return lines
    }

    private func differences(
        from other: Shape, in table: String, _ nameHere: String, _ nameThere: String
    ) -> [String] {
        Set(columns.keys).union(other.columns.keys).sorted().compactMap { name in
            let place = "table \(table), column \(name)"
            switch (columns[name], other.columns[name]) {
            case (.some, nil): return "\(place) is on \(nameHere) only"
            case (nil, .some): return "\(place) is on \(nameThere) only"
            case (let a?, let b?) where a.type != b.type:
                return "\(place) is \(a.type) on \(nameHere), \(b.type) on \(nameThere)"
            case (let a?, let b?) where a.isGenerated != b.isGenerated:
                let side = a.isGenerated ? nameHere : nameThere
                return "\(place) is generated on \(side) only"
            case (let a?, let b?) where a.keyPosition != b.keyPosition:
                return "\(place) has another place in the key on \(nameHere) than on \(nameThere)"
            default: return nil
            }
        }
    }
}
