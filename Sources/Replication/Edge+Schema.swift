import Postgres

/// Changes of schema come first, on both sides: rows travel under one schema.
extension Edge {
    /// The directions in the order in which they are to be run, after what must come before both.
    ///
    /// Where only one side has changed the schema, that side is the first source: its changes and its
    /// rows arrive in one transaction. Where both have, B's changes are committed on A before. If one
    /// of them waits for B's rows, A's are committed on B, and B is the first source.
    func order(
        _ there: Direction, _ back: Direction, report: inout Report
    ) throws -> [Direction] {
        let ofA = try there.pendingSchemaChanges()
        let ofB = try back.pendingSchemaChanges()
        var there = there
        var back = back
        there.expected = ofA
        back.expected = ofB
        guard !ofA.isEmpty || !ofB.isEmpty else {
            let (differences, hasNotes) = try Shape.compare(a, b)
            try there.checkLoneColumns(differences)
            report.warnings += differences.map(\.warning)
            if !there.options.isDryRun {
                if hasNotes || !differences.isEmpty {
                    try lookAfter(differences.compactMap(\.lone))
                }
                try sendToNewTables()
            }
            return there.options.isOneWay ? [there] : [there, back]
        }
        let alike = try compare(ofA, ofB, isDryRun: there.options.isDryRun)
        for change in ofA { try change.checkKnown(from: nodeA.label, for: nodeB.label) }
        for change in ofB { try change.checkKnown(from: nodeB.label, for: nodeA.label) }
        if !there.options.isDryRun { try lookAfter(LoneColumn.all(a, b), beside: ofA + ofB) }
        there.checksShapes = true
        back.checksShapes = true
        there.alike = alike
        back.alike = alike
        if there.options.isOneWay { return [there] }
        if there.options.isDryRun {
            report.warnings.append(
                "what goes the other way can only be told once the schema has changed")
            return [ofA.isEmpty ? back : there]
        }
        if ofB.isEmpty { return [there, back] }
        if ofA.isEmpty { return [back, there] }
        report.schemaChanges = try back.commitSchema(isAlone: false) { _ in true }.done.map(\.line)
        if try back.pendingSchemaChanges().isEmpty { return [there, back] }
        report.schemaChanges += try there.commitSchema(isAlone: false) { _ in true }.done.map(
            \.line)
        return [back, there]
    }

    /// Finds what both sides have changed: the changes of which all is alike on both sides by now
    /// count as done. Refuses where something is not.
    private func compare(
        _ ofA: [SchemaChange], _ ofB: [SchemaChange], isDryRun: Bool
    ) throws -> Set<String> {
        var alike: Set<String> = []
        for mine in ofA {
            for other in ofB where !mine.common(with: other).isEmpty {
                if mine.isSame(as: other) {
                    alike.formUnion([mine.uid, other.uid])
                    continue
                }
                let objects = mine.common(with: other)
                let differing = try objects.filter {
                    try a.definition(of: $0) != b.definition(of: $0)
                }
                guard differing.isEmpty else {
                    throw ReplicationError.schemaContradiction(
                        a: nodeA.label, changeOfA: mine, b: nodeB.label, changeOfB: other,
                        objects: differing.map(\.identity))
                }
                if !isDryRun { try sendRows(of: objects, madeBy: [mine, other]) }
                if objects.count == mine.objects.count { alike.insert(mine.uid) }
                if other.common(with: mine).count == other.objects.count { alike.insert(other.uid) }
            }
        }
        return alike
    }
}

extension Edge {
    /// Columns that are alike by now may have been made in different ways, with another default for the
    /// rows that were there: A's rows are sent, and B's take their values.
    private func sendRows(
        of objects: [SchemaChange.Object], madeBy changes: [SchemaChange]
    ) throws {
        let texts = changes.compactMap { $0.statement?.lowercased() }
        guard texts.contains(where: { $0.contains("default") || $0.contains("using") }) else {
            return
        }
        let columns = objects.filter { $0.identity.hasPrefix("column ") }
        guard columns.isEmpty || standIn == nil else {
            throw ReplicationError.fileRefused(
                file: nodeA.label,
                because:
                    "both sides have changed \(columns[0].identity), and rows of \(nodeA.name) "
                    + "that are not in the file may have other values",
                hint: "nothing was changed; sync the two once, online")
        }
        for object in columns {
            try a.execute(
                """
                select replication.log_all(r.id, changed_at => replication.made_at())
                from replication.relation as r
                    join pg_class as c on c.oid = r.relid
                    join pg_namespace as n on n.oid = c.relnamespace
                where n.nspname = \(object.address)::jsonb -> 'names' ->> 0
                    and c.relname = \(object.address)::jsonb -> 'names' ->> 1
                """)
        }
    }
}

extension SchemaChange {
    /// Refuses one whose text is not known.
    fileprivate func checkKnown(from source: String, for target: String) throws {
        guard statement != nil else {
            throw ReplicationError.schemaChangeLost(source: source, target: target, change: self)
        }
    }
}
