import Postgres

/// Foreign keys true at commit. A parent that was deleted on one side and got a child on the other
/// is kept, or comes back: the delete loses, and stands in the history.
extension Direction {
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
                let statement = key.keepParents(parent.table, childWork: child?.table)
                changed = try target.execute(statement) > 0 || changed
            }
        }
    }

    private func work(_ relation: Int?, in works: [Work]) -> Work? {
        works.first { $0.table.target.id == relation }
    }

    /// After all rows are in place: no child without a parent. Parents that were deleted here come
    /// back from the source, and their parents in turn; a child that a user gave a deleted parent in
    /// the meantime makes the direction begin again.
    func bringParentsBack(_ works: inout [Work]) throws {
        var isComplete = false
        while !isComplete {
            isComplete = true
            let all = try ForeignKey.all(target, touching: works.map(\.table.target.id))
            for key in all {
                guard let child = work(key.childRelation, in: works) else { continue }
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

    /// Brings back the missing parents of one foreign key. True where none was missing.
    private func bringBack(
        _ key: ForeignKey, _ child: TableWork, _ works: inout [Work]
    ) throws -> Bool {
        let found = try target.query(key.missingParents(child))
        guard let row = found.first, try row.int("count") > 0 else { return true }
        let values = try key.pairs.indices.map { try row.strings("v\($0 + 1)") }
        guard let index = try parentWork(key, child.terms, &works) else {
            return try isForgivable(key, values, child)
        }
        let parent = works[index].table
        if try target.execute(key.recall(values, parent)) == 0 {
            let copied = try source.copy(
                key.fetch(values, parent), to: target, into: parent.copyIn)
            try target.execute(parent.analyzeStage)
            works[index].report.staged += copied.rows
            _ = try target.query(parent.decide)
            for statement in parent.combine { try target.execute(statement) }
            for statement in parent.keepContestants { try target.execute(statement) }
            guard try target.execute(key.recall(values, parent)) > 0 else {
                return try isForgivable(key, values, child)
            }
        }
        let inserted: Int
        do {
            inserted = try target.savepoint { try target.execute(parent.insert(.bringBack)) }
        } catch let error as PostgresError
            where SQLState.isConstraintViolation(error.sqlstate)
        {
            throw waiting(key, values, child, "cannot come back: \(error.message)")
        }
        try target.execute(parent.markDone)
        let isMissing = try target.query(key.missingParents(child)).first?.int("count") ?? 0 > 0
        if try inserted == 0 && isMissing || hasRival(parent) {
            throw waiting(key, values, child, "cannot come back: another row holds its value")
        }
        return false
    }

    /// Whether a row that came back claims what another one holds, where nobody has checked that.
    private func hasRival(_ table: TableWork) throws -> Bool {
        guard table.hasDeferrable else { return false }
        return try (table.target.claims + [table.keyClaim]).contains { claim in
            try !claim.isImmediate
                && !target.query(table.brokenClaim(claim, verdicts: [.bringBack])).isEmpty
        }
    }

    /// Lets the children of parents wait.
    private func waiting(
        _ key: ForeignKey, _ values: [[String]], _ child: TableWork, _ why: String
    ) -> Held {
        Held(
            relation: child.target.id,
            rows: [
                Held.Rows(
                    reason: "the row that it refers to \(why)", constraint: key.name,
                    condition: key.refers(child, to: values))
            ])
    }

    /// A parent that the source does not have either: the foreign key was broken there. Of one that
    /// is NOT VALID that may be so; else the children wait.
    private func isForgivable(
        _ key: ForeignKey, _ values: [[String]], _ child: TableWork
    ) throws -> Bool {
        guard key.isValidated else { return true }
        throw waiting(key, values, child, "is on neither side")
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
