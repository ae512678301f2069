import Postgres

/// A column that only one side of an edge has. Rows travel without it; once the other side has it as
/// well, its values are sent. Else a change of such a row over there would take them away unseen.
struct LoneColumn: Sendable, Hashable {
    let table: String
    let name: String
    /// On which side it is.
    let isOnA: Bool

    /// Those of two nodes, whatever else differs.
    static func all(_ a: Connection, _ b: Connection) throws -> [LoneColumn] {
        try Shape.differences(Shape.all(a), a.label, Shape.all(b), b.label).compactMap(\.lone)
    }

    /// Whether a change of schema is about it: one that adds it to the other side, say.
    fileprivate func isMeant(by change: SchemaChange) -> Bool {
        change.objects.contains { object in
            [name, quoteIdentifier(name)].contains {
                object.identity == "column \($0) of table \(table)"
            }
        }
    }
}

extension Edge {
    /// Notes which columns one side has alone, and logs the rows of tables of which one was noted, and is
    /// on both sides by now.
    ///
    /// - Parameter changes: those that are about to be carried out, which may bring such a column to the
    ///   other side.
    func lookAfter(_ lone: [LoneColumn], beside changes: [SchemaChange] = []) throws {
        let lone = lone.filter { column in !changes.contains { column.isMeant(by: $0) } }
        for (side, other, isA) in [(a, nodeB, true), (b, nodeA, false)] where standIn == nil || !isA
        {
            let mine = lone.filter { $0.isOnA == isA }
            try side.execute(
                """
                select replication.look_after_lone_columns(\(other.number)::int,
                    \(mine.map(\.table))::text[], \(mine.map(\.name))::text[])
                """)
        }
    }
}

extension Direction {
    /// Refuses a file whose source has a column alone: it could not note it.
    ///
    /// - Throws: `ReplicationError.fileRefused`.
    func checkLoneColumns(_ differences: [Shape.Difference]) throws {
        guard standIn != nil, let column = differences.compactMap(\.lone).first(where: \.isOnA)
        else { return }
        throw ReplicationError.fileRefused(
            file: sourceNode.label,
            because: "table \(column.table) has a column \(column.name) on \(sourceNode.name) only",
            hint: "nothing was changed; add it to \(targetNode.label), too, and import the file "
                + "again, or sync the two once, online")
    }
}
