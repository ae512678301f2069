import Postgres

extension Relation {
    /// A replicated table of the users by its name, as a person writes it: with its schema or without,
    /// in the case and the quotes of SQL, or just as it is called. A partition stands for its root.
    /// Asks the catalogs alone, so that no right on the table or its schema is needed.
    ///
    /// - Throws: `ReplicationError.unknownTable`, or `.noRow` with those that may have been meant.
    static func find(_ connection: Connection, named name: String) throws -> Relation {
        let tables = try connection.query(
            """
            select r.id, n.nspname as schema, p.relname as table,
                format('%I.%I', n.nspname, p.relname) as full_name, p.oid = r.relid as is_root
            from replication.relation as r
                cross join lateral replication.parts_of(r.relid) as x
                join pg_class as p on p.oid = x.relid
                join pg_namespace as n on n.oid = p.relnamespace
            where n.nspname <> 'replication'
            order by r.id, p.oid = r.relid desc
            """
        ).map { row in
            NamedTable(
                id: try row.int("id"), schema: try row.string("schema"),
                table: try row.string("table"), fullName: try row.string("full_name"),
                isRoot: try row.bool("is_root"))
        }
        let found = NamedTable.named(name, of: tables)
        if Set(found.map(\.id)).count == 1, let id = found.first?.id,
            let relation = try load(connection, ids: [id]).first
        {
            return relation
        }
        let near = found.isEmpty ? NamedTable.near(name, of: tables) : found
        guard !near.isEmpty else {
            throw ReplicationError.unknownTable(database: connection.label, table: name)
        }
        throw ReplicationError.noRow(
            database: connection.label,
            because: found.isEmpty
                ? "table \(name) is not replicated" : "there are several tables \(name)",
            hint: "did you mean \(near.map(\.fullName).joined(separator: " or "))?")
    }
}

/// A table that a name can mean.
struct NamedTable: Sendable {
    let id: Int
    let schema: String
    let table: String
    /// With quotes where SQL needs them.
    let fullName: String
    /// No partition.
    let isRoot: Bool

    /// Those that a name means: as it is called, else as SQL would read it; in the schema public, else
    /// in any.
    static func named(_ name: String, of all: [NamedTable]) -> [NamedTable] {
        let folded = name.lowercased()
        let readings: [(NamedTable) -> Bool] = [
            { $0.fullName == name || "\($0.schema).\($0.table)" == name },
            { $0.table == name && $0.schema == "public" },
            { $0.table == name || quoteIdentifier($0.table) == name },
            { $0.fullName == folded },
            { $0.table == folded && $0.schema == "public" },
            { $0.table == folded },
        ]
        return readings.lazy.map { all.filter($0) }.first { !$0.isEmpty } ?? []
    }

    /// The three whose names are the most like it, if they are like it at all.
    static func near(_ name: String, of all: [NamedTable]) -> [NamedTable] {
        let wanted = Array(name.lowercased())
        let bare = Array(name.lowercased().split(separator: ".").last ?? "")
        return all.filter(\.isRoot).map { table in
            let whole = distance(wanted, Array(table.fullName.lowercased()))
            return (table, min(whole, distance(bare, Array(table.table.lowercased()))))
        }
        .filter { $0.1 <= max(2, bare.count / 3) }
        .sorted { ($0.1, $0.0.fullName) < ($1.1, $1.0.fullName) }
        .prefix(3).map(\.0)
    }

    /// How many letters have to be put in, left out or changed (Levenshtein).
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var row = Array(0...other.count)
        for (i, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, there) in other.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (letter == there ? 0 : 1))
                diagonal = above
            }
        }
        return row[other.count]
    }
}
