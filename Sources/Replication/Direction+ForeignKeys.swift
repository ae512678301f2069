import Postgres

/// Foreign keys true at commit. A parent that was deleted on one side and got a child on the other
/// is kept, or comes back: the delete loses, and stands in the history.
extension Direction {
    /// How many pages of missing parents are looked at before their children are held back.
    private static let pagesHeld = 40

    /// Before anything is deleted: withdraws the deletes of rows that rows here refer to, again and
    /// again, as a row that stays needs its own parents too.
    func keepParents(_ works: [Work]) throws {
        let deleting = works.filter { $0.hasDeletes && !$0.isSettled }
        guard !deleting.isEmpty else { return }
        let keys = try ForeignKey.all(target, touching: deleting.map(\.table.target.id))
        var changed = true
        while changed {
            changed = false
            for key in keys {
                guard let parent = work(key.parentRelation, in: deleting) else { continue }
                let child = work(key.childRelation, in: works)
                if parent.table.isFiltered {
                    try letWait(key, parent.table, child?.table)
                    continue
                }
                let statement = key.keepParents(parent.table, childWork: child?.table)
                changed = try target.execute(statement) > 0 || changed
            }
        }
    }

    /// A row that has left a filter is still there at the source, which must not be told to have it
    /// back: the row stays here until those have gone that refer to it. Where it was deleted, and
    /// somebody here has just referred to it, it comes back with that row.
    private func letWait(_ key: ForeignKey, _ parent: TableWork, _ child: TableWork?) throws {
        let staged = try target.query(key.neededParents(parent, childWork: child))
            .map { try $0.string("staged") }
        guard !staged.isEmpty else { return }
        throw Held(
            relation: parent.target.id,
            rows: [
                Held.Rows(
                    reason:
                        "it has left the filter of \(parent.target.fullName), or was deleted, and "
                        + "rows of \(key.child) here refer to it",
                    constraint: key.name, condition: "s.ctid = any (\(staged)::text[]::tid[])")
            ])
    }

    private func work(_ relation: Int?, in works: [Work]) -> Work? {
        works.first { $0.table.target.id == relation }
    }

    /// After all rows are in place: no child without a parent. Parents that were deleted here come
    /// back from the source, and their parents in turn; a child that a user gave a deleted parent in
    /// the meantime makes the direction begin again.
    ///
    /// - Parameter known: the foreign keys of these tables, where nothing has happened since.
    func bringParentsBack(_ works: inout [Work], known: [ForeignKey]? = nil) throws {
        var known = known
        var isComplete = false
        while !isComplete {
            isComplete = true
            let all =
                try known ?? ForeignKey.all(target, touching: works.map(\.table.target.id))
            known = nil
            if all.isEmpty { return }
            // Somebody has just made the first one of a table.
            let touched = Set(all.flatMap { [$0.childRelation, $0.parentRelation] })
            guard works.allSatisfy({ $0.hasStage || !touched.contains($0.table.target.id) }) else {
                throw StraightFailed()
            }
            for key in all {
                guard let child = work(key.childRelation, in: works) else { continue }
                try proveFull(key, child.table)
                isComplete = try bringBack(key, child.table, &works) && isComplete
            }
        }
        try proveDeletes(works)
    }

    /// No child whose parent this direction took away, by a delete or by an update of another value
    /// than the key that it refers to.
    private func proveDeletes(_ works: [Work]) throws {
        for key in try ForeignKey.all(target, touching: works.map(\.table.target.id)) {
            guard let parent = work(key.parentRelation, in: works) else { continue }
            let isOnKey = key.isOnKey(of: parent.table.target)
            guard parent.hasDeletes || parent.hasUpdates && !isOnKey,
                isOnKey || key.isValidated,
                try target.query(key.isBroken(parent.table)).first?.bool("is_broken") ?? false
            else { continue }
            guard !isOnKey, parent.hasUpdates else {
                throw ReplicationError.tooBusy(database: target.label, table: key.child)
            }
            throw Held(
                relation: parent.table.target.id,
                rows: [
                    Held.Rows(
                        reason: "a row refers to the value that it takes away",
                        constraint: key.name, condition: key.takesAway(parent.table))
                ])
        }
    }

    /// Brings back the missing parents of one foreign key, and lets children wait whose parents are
    /// nowhere. True where nothing came back.
    private func bringBack(
        _ key: ForeignKey, _ child: TableWork, _ works: inout [Work]
    ) throws -> Bool {
        var isComplete = true
        var last: [String]?
        var held: [Held.Rows] = []
        repeat {
            let found = try target.query(key.missingParents(child, after: last))
            guard let row = found.first, try row.int("count") > 0 else { break }
            let values = try key.pairs.indices.map { try row.strings("v\($0 + 1)") }
            switch try bringBack(values, of: key, child, &works) {
            case .done: isComplete = false
            case .prevented(let reason):
                held.append(
                    Held.Rows(
                        reason: "the row that it refers to cannot come back: " + reason,
                        constraint: key.name, condition: key.refers(child, to: values)))
            case .nowhere:
                let isFiltered = work(key.parentRelation, in: works)?.table.isFiltered ?? false
                held += try orphans(values, of: key, child, isFiltered: isFiltered)
            }
            last = values.compactMap(\.last)
            if try row.int("count") < ForeignKey.page { break }
        } while held.count < Self.pagesHeld
        guard held.isEmpty else { throw Held(relation: child.target.id, rows: held) }
        return isComplete
    }

    private enum Return {
        case done
        /// The source has none of them.
        case nowhere
        /// A trigger or a constraint keeps them out.
        case prevented(String)
    }

    /// Brings back some parents.
    private func bringBack(
        _ values: [[String]], of key: ForeignKey, _ child: TableWork, _ works: inout [Work]
    ) throws -> Return {
        guard let index = try parentWork(key, child.terms, &works) else { return .nowhere }
        let parent = works[index].table
        if try target.execute(key.recall(values, parent)) == 0 {
            let copied = try source.copy(
                key.fetch(values, parent), to: target, into: parent.copyIn)
            try translateObjects([works[index]])
            try target.execute(parent.analyzeStage)
            works[index].report.staged += copied.rows
            _ = try target.query(parent.decide)
            for statement in parent.combine { try target.execute(statement) }
            for statement in parent.keepContestants { try target.execute(statement) }
            guard try target.execute(key.recall(values, parent)) > 0 else { return .nowhere }
        }
        let inserted: Int
        do {
            inserted = try target.savepoint { try target.execute(parent.insert(.bringBack)) }
        } catch let error as PostgresError
            where SQLState.isConstraintViolation(error.sqlstate)
        {
            return .prevented(error.message)
        }
        try target.execute(parent.markDone)
        let missing = try target.query(key.missingParents(child, after: nil)).first
        if try inserted == 0 && missing?.int("count") ?? 0 > 0 || hasRival(parent) {
            return .prevented(try prevention(parent) ?? "another row holds its value")
        }
        return .done
    }

    /// Whether a row that came back claims what another one holds, where nobody has checked that.
    private func hasRival(_ table: TableWork) throws -> Bool {
        guard table.hasDeferrable else { return false }
        return try (table.target.claims + [table.keyClaim]).contains { claim in
            try !claim.isImmediate
                && !target.query(table.brokenClaim(claim, verdicts: [.bringBack])).isEmpty
        }
    }

    /// Children whose parents the source does not have either: the foreign key was broken there, and
    /// they wait. Of one that is NOT VALID that may be so; not of a row that was made of both sides'
    /// columns.
    private func orphans(
        _ values: [[String]], of key: ForeignKey, _ child: TableWork, isFiltered: Bool
    ) throws -> [Held.Rows] {
        if !key.isValidated {
            guard let question = key.isCombined(child, referringTo: values),
                try target.query(question).first?.bool("is_combined") ?? false
            else { return [] }
        }
        return [
            Held.Rows(
                reason: isFiltered
                    ? "the row that it refers to is outside the filter of \(key.parent), or nowhere"
                    : "the row that it refers to is on neither side",
                constraint: key.name,
                condition: key.isValidated ? key.refers(child, to: values) : "false")
        ]
    }

    /// A foreign key that is MATCH FULL, of which an arrived row has NULL in some columns only: where
    /// the other side does not have the key, or each side changed a column of it.
    private func proveFull(_ key: ForeignKey, _ child: TableWork) throws {
        guard key.isFull, key.pairs.count > 1, key.isValidated || child.mayMakeRows,
            try target.query(key.isHalfNull(child)).first?.bool("is_half_null") ?? false
        else { return }
        throw Held(
            relation: child.target.id,
            rows: [
                Held.Rows(
                    reason: "it refers to a row by some columns, and is NULL in others",
                    constraint: key.name,
                    condition: key.isValidated ? key.isHalfNullAsStaged(child) : "false")
            ])
    }

    /// The place of a parent table among the tables under way; it joins them where nothing of it was
    /// pending. Nil where the source does not have the table.
    private func parentWork(
        _ key: ForeignKey, _ terms: TableWork.Terms, _ works: inout [Work]
    ) throws -> Int? {
        if let index = works.firstIndex(where: { $0.table.target.id == key.parentRelation }) {
            return index
        }
        guard let number = key.parentRelation,
            let counterpart = try Relation.load(target, ids: [number]).first,
            let origin = try Relation.load(source, ids: try numbers(of: [counterpart], at: source))
                .first
        else { return nil }
        let policies = try Policy.all(target)
        let table = TableWork(
            source: origin, target: counterpart, terms: terms,
            policy: policies[counterpart.fullName] ?? .newest, isTruncated: false)
        try target.script(table.createStage)
        var work = Work(table: table, report: .init(name: counterpart.fullName))
        work.isSettled = true
        works.append(work)
        return works.count - 1
    }
}
