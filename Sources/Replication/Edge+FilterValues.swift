import Postgres

/// Values of columns that the neighbour of a filter's home loses or gets as its list of columns changes.
///
/// That is done at once, and not by the next sync, as then the filtered side could write rows meanwhile whose
/// columns it has not got: their emptiness would come home as a change. Its writers wait for that long.
extension Edge {
    /// The names of the columns that B's half of a filter keeps back; nil where the table does not cross the
    /// edge at all.
    func hiddenAtB(_ relation: Int) throws -> Set<String>? {
        guard let found = try Relation.load(b, ids: [relation]).first else { return [] }
        if found.filters[nodeA.number]?.isExcluded ?? false { return nil }
        return found.hiddenNames(from: nodeA.number)
    }

    /// Takes away and brings what the filter, which has just been set in both transactions, makes of it.
    ///
    /// - Returns: of how many rows.
    func moveValues(
        _ name: String, _ relationA: Int, _ relationB: Int, hiddenBefore: Set<String>?
    ) throws -> Int {
        guard let hiddenBefore, let hidden = try hiddenAtB(relationB), hidden != hiddenBefore,
            let knownToA = try Neighbour.all(a, number: nodeB.number).first,
            let knownToB = try Neighbour.all(b, number: nodeA.number).first
        else { return 0 }
        let appliedByA = knownToA.received ?? knownToB.wayBack
        let gone = hidden.subtracting(hiddenBefore)
        let new = hiddenBefore.subtracting(hidden)
        // Nothing has crossed the edge yet, or what a side that went back in time has: it keeps that.
        let isBack = knownToA.knownAs != nil || knownToB.knownAs != nil
        if appliedByA == nil, knownToB.received == nil, !isBack || new.isEmpty { return 0 }
        return try Self.refusing(b, name) {
            guard let here = try Relation.load(a, ids: [relationA]).first,
                let there = try Relation.load(b, ids: [relationB]).first
            else { return 0 }
            try b.execute("lock table \(there.rows) in share row exclusive mode")
            guard let appliedByA, try !hasPending(name, relationA, relationB, appliedByA) else {
                throw ReplicationError.noFilter(
                    database: nodeB.label, table: name,
                    because: "\(nodeA.name) has not got all that \(nodeB.name) has of it",
                    hint:
                        "What would be lost by that must come home first: sync, see to rows that wait, and "
                        + "try again.")
            }
            try b.execute("set local session_replication_role = replica")
            var rows = 0
            if !gone.isEmpty {
                let numbers = there.columns.filter { gone.contains($0.name) }.map(\.number)
                rows +=
                    try b.query(
                        """
                        select replication.clear_columns(\(relationB), \(nodeA.number)::int,
                            \(numbers)::int2[]) as rows
                        """
                    ).first?.int("rows") ?? 0
            }
            if !new.isEmpty { rows += try fill(new, here, there) }
            try b.execute("set local session_replication_role = origin")
            return rows
        }
    }

    /// Whether B, whose writers wait, has something of the table, or of the history, that A has not.
    private func hasPending(
        _ name: String, _ relationA: Int, _ relationB: Int, _ appliedByA: Watermark
    ) throws -> Bool {
        let numbers = [relationB] + (try b.relationNumbers(["replication.conflict"]))
        let ofB = try numbers.contains { number in
            try hasPending(number, at: b, for: nodeA, appliedByA)
        }
        let waits =
            try a.query(
                """
                select exists (
                    select
                    from replication.quarantine as q
                    where q.neighbour = \(nodeB.number)
                        and q.relation = \(relationA)
                ) as yes
                """
            ).first?.bool("yes") ?? true
        return ofB || waits
    }

    /// Whether a side has something of a table that the other has not, but for what this transaction logs.
    private func hasPending(
        _ relation: Int, at side: Connection, for other: Node, _ applied: Watermark
    ) throws -> Bool {
        try side.query(
            """
            select exists (
                    select
                    from replication.log_\(raw: String(relation)) as l
                    where \(applied.unseen("l"))
                        and replication.is_for(l.via, \(other.number)::int)
                        and l.xid <> pg_current_xact_id()::text::bigint
                ) or exists (
                    select
                    from replication.event as e
                    where e.relation = \(relation)
                        and \(applied.unseen("e"))
                        and replication.is_for(e.via, \(other.number)::int)
                ) as yes
            """
        ).first?.bool("yes") ?? true
    }

    /// A sync passes over what either side does to an excluded table. What none has passed over would count
    /// once the table crosses the edge again, and a delete take the other side's rows.
    func checkPassedOver(_ name: String, _ relationA: Int, _ relationB: Int) throws {
        guard let knownToA = try Neighbour.all(a, number: nodeB.number).first,
            let knownToB = try Neighbour.all(b, number: nodeA.number).first
        else { return }
        for (side, relation, other, here, there) in [
            (b, relationB, nodeA, knownToA, knownToB), (a, relationA, nodeB, knownToB, knownToA),
        ] {
            guard let applied = here.received ?? there.wayBack,
                try hasPending(relation, at: side, for: other, applied)
            else { continue }
            throw ReplicationError.noFilter(
                database: side.label, table: name,
                because: "it was changed while it was excluded, and no sync has been run since",
                hint: "Sync, which leaves those changes where they are, and try again.")
        }
    }

    /// Brings columns that B did not have so far to the rows that it has.
    private func fill(_ new: Set<String>, _ here: Relation, _ there: Relation) throws -> Int {
        let work = TableWork(
            source: here.crossing(to: there, from: nodeA.number, to: nodeB.number),
            target: there.crossing(to: here, from: nodeB.number, to: nodeA.number),
            terms: TableWork.Terms(
                source: nodeA.number, target: nodeB.number, received: .nothing,
                acknowledged: .nothing, isFirst: true, isReturn: false, isPartial: false),
            policy: .newest, isTruncated: false)
        // What has still to leave gets nothing any more, and must not come home so.
        let leaving: SQL = """
            select exists (
                select
                from \(there.rows) as t
                where not \(there.filters[nodeA.number]?.condition("t") ?? "true")
            ) as yes
            """
        guard try b.query(leaving).first?.bool("yes") == false else {
            throw ReplicationError.noFilter(
                database: nodeB.label, table: there.fullName,
                because: "\(nodeB.name) has rows that are to leave it, and lack the columns",
                hint: "Change the condition alone, sync, and then the columns.")
        }
        try b.execute(
            "select replication.refuse_code(r.relid) from replication.relation as r where r.id = \(there.id)"
        )
        // An older snapshot than the lock could show a table empty that was rewritten since.
        try a.execute("lock table \(here.rows) in access share mode")
        try b.script(work.createStage)
        _ = try a.copy(work.copyOut, to: b, into: work.copyIn)
        try b.execute(work.analyzeStage)
        let rows = try b.execute(work.fill(new))
        // Replica role checks none.
        for key in try ForeignKey.all(b, touching: [there.id])
        where key.childRelation == there.id && key.pairs.contains(where: { new.contains($0.child) })
        {
            try b.execute("lock table \(raw: key.parent) in share mode")
            let isOrphaned = try b.query(key.hasOrphans).first?.bool("yes") ?? true
            guard !isOrphaned else {
                throw ReplicationError.noFilter(
                    database: nodeB.label, table: there.fullName,
                    because:
                        "rows would refer to rows of \(key.parent) that \(nodeB.name) does not have",
                    hint: "Let it have those first.")
            }
        }
        return rows
    }
}

extension ForeignKey {
    /// Whether some child has no parent.
    fileprivate var hasOrphans: SQL {
        let notNull = pairs.map { "c.\(id: $0.child) is not null" as SQL }
            .joined(separator: " and ")
        let hasParent = hasParent(
            in: "\(raw: parentRows) as t", as: "t", where: refers("c", to: "t"),
            range: "c.\(id: pairs.last?.child ?? "")")
        return """
            select exists (
                select
                from \(raw: childRows) as c
                where \(notNull)
                    and not \(hasParent)
            ) as yes
            """
    }
}
