import Postgres

/// Decisions and their carrying out, in rounds: what a user changed between the two is decided
/// again, with a fresh snapshot, until nothing is left.
extension Direction {
    private static let rounds = 20
    /// Of values that move from row to row so many links are followed, at one statement each.
    private static let links = 20

    /// Makes the first decisions of all tables, so that a merge that nobody asked for is refused
    /// before anything is written.
    func decide(_ works: inout [Work], report: DirectionReport) throws {
        var differing: [String] = []
        for index in works.indices where !works[index].isSettled {
            try decide(&works[index])
            if works[index].contested > 0 {
                differing.append("\(works[index].report.name): \(works[index].contested)")
            }
        }
        if report.isFirst, !options.merges, !differing.isEmpty {
            throw ReplicationError.rowsDiffer(
                sourceNode.label, targetNode.label, counts: differing)
        }
    }

    private func decide(_ work: inout Work) throws {
        let table = work.table
        if let forget = table.forgetWithdrawn { try target.execute(forget) }
        try count(try target.query(table.decide), into: &work)
        work.wasContested = work.contested > 0
        guard work.wasContested else { return }
        for statement in table.combine { try target.execute(statement) }
        for statement in table.keepContestants { try target.execute(statement) }
        if let question = table.askFunction { try ask(question, of: table) }
        try count(try target.query(table.countVerdicts), into: &work)
    }

    private func ask(_ question: SQL, of table: TableWork) throws {
        do {
            try target.execute(question)
        } catch let error as PostgresError where error.sqlstate == SQLState.undefinedFunction {
            throw ReplicationError.policyFunctionMissing(
                database: target.label, table: table.target.fullName, policy: table.policy.name)
        } catch let error as PostgresError where error.isOfUsersCode {
            throw ReplicationError.codeFailed(
                database: target.label, table: table.target.fullName, because: error.message,
                sqlstate: error.sqlstate ?? "", place: error.innermost)
        }
    }

    func count(_ rows: [Row], into work: inout Work) throws {
        var waiting: [Verdict: Int] = [:]
        work.contested = 0
        for row in rows {
            let count = try row.int("count")
            if let verdict = Verdict(rawValue: try row.string("verdict")) {
                waiting[verdict, default: 0] += count
            }
            if try row.bool("contested") { work.contested += count }
        }
        work.waiting = waiting
        work.hasDeletes = work.hasDeletes || waiting[.delete] != nil
        work.hasUpdates =
            work.hasUpdates || ![.update, .replace, .merge].allSatisfy { waiting[$0] == nil }
    }

    /// Carries out the decisions about one table.
    func apply(_ work: inout Work) throws {
        guard !work.isSettled else { return }
        onProgress(.applying(table: work.report.name))
        for round in 1...Self.rounds {
            if work.waiting == nil { try decide(&work) }
            if round > 1 || mustLookFirst(work) { try settleClashes(&work) }
            let isDone = try carryOut(work)
            let isComplete = try work.report.staged == decided(work)
            if isDone, isComplete {
                work.isSettled = true
                return
            }
            if !isDone {
                try holdPrevented(work)
                try target.execute(work.table.withdrawUndone)
            }
            try target.execute(work.table.markDone)
            work.waiting = nil
        }
        throw ReplicationError.tooBusy(database: target.label, table: work.report.name)
    }

    /// Whether clashes of claims must be known before anything is carried out: PostgreSQL does not
    /// notice those of deferrable constraints, and a row that is deleted and inserted again must
    /// not get lost between the two.
    private func mustLookFirst(_ work: Work) -> Bool {
        work.table.hasDeferrable || work.waiting?[.replace] != nil
    }

    /// How many staged rows have a decision. A contested one whose row moved on while it was being
    /// looked at has none.
    private func decided(_ work: Work) throws -> Int {
        guard work.wasContested || work.hasClashes else { return work.report.staged }
        let rows = try target.query("select count(contested) as count from \(work.table.decision)")
        return try rows.first?.int("count") ?? 0
    }

    /// One round: deletes first, as they free unique values, then updates, then inserts. True where
    /// every statement did all of its rows.
    private func carryOut(_ work: Work) throws -> Bool {
        do {
            return try carryOutPlainly(work)
        } catch let error as PostgresError
            where SQLState.isConstraintViolation(error.sqlstate) && !work.table.target.isSystem
        {
            throw Violation(relation: work.table.target.id, error: error)
        } catch let error as PostgresError where error.isOfUsersCode {
            throw ReplicationError.codeFailed(
                database: target.label, table: work.report.name, because: error.message,
                sqlstate: error.sqlstate ?? "", place: error.innermost)
        }
    }

    private func carryOutPlainly(_ work: Work) throws -> Bool {
        let table = work.table
        let waiting = work.waiting ?? [:]
        var isDone = true
        if waiting[.same] != nil {
            isDone = try lockSame(table)
        }
        if let count = waiting[.delete] {
            if let complete = table.completeLosers { try target.execute(complete) }
            isDone = try target.execute(table.delete()) == count && isDone
        }
        if let count = waiting[.update] {
            isDone = try update(table, count) == count && isDone
        }
        if let count = waiting[.replace] {
            isDone = try replace(table) == count && isDone
        }
        if let count = waiting[.merge] {
            let done = try table.applyMerged.reduce(0) { try $0 + target.execute($1) }
            guard done == count else {
                try holdPrevented(work)
                throw ReplicationError.tooBusy(database: target.label, table: work.report.name)
            }
        }
        if let count = waiting[.insert] {
            isDone = try target.execute(table.insert()) == count && isDone
        }
        return isDone
    }

    /// False where a row that needed no change was changed before it could be locked; the decision
    /// about it is withdrawn then.
    private func lockSame(_ table: TableWork) throws -> Bool {
        let counts = try target.query(table.lockSame)
        guard let row = counts.first, try row.int("wanted") != row.int("locked") else {
            return true
        }
        try target.execute(table.withdrawSame)
        return false
    }

    /// All updates in one statement; where unique values move from row to row, those first whose new
    /// values nobody holds, again and again. What is left then exchanges values in a circle, or is a
    /// long chain, as the positions of a list that all go up by one. It is deleted and inserted again,
    /// under a lock: else an UPDATE of a user that waits for such a row would find none.
    ///
    /// - Parameter count: how many there are.
    private func update(_ table: TableWork, _ count: Int) throws -> Int {
        guard !table.target.claims.isEmpty else { return try target.execute(table.update()) }
        do {
            return try target.savepoint { try target.execute(table.update()) }
        } catch let error as PostgresError
            where [SQLState.uniqueViolation, SQLState.exclusionViolation].contains(error.sqlstate)
        {
            var done = 0
            for _ in 1...Self.links where done < count {
                let freed = try target.execute(table.update(where: table.isFree))
                if freed == 0 { break }
                done += freed
            }
            guard done < count, try !isBlocked(table) else { return done }
            try target.execute("lock table \(table.target.name) in exclusive mode")
            // Whoever wrote until now may have taken a value: what is deleted here must find room again.
            guard try !isBlocked(table), try target.execute(table.replaceRemaining) > 0 else {
                return done
            }
            return try done + replace(table)
        }
    }

    /// Deletes rows and inserts them again. A row that found no room again has lost what the source does not
    /// see of it: then all is tried anew.
    private func replace(_ table: TableWork) throws -> Int {
        let gone = try target.execute(table.delete(.replace))
        let back = try target.execute(table.insert(.replace))
        guard back == gone || table.target.hidden.isEmpty else {
            throw ReplicationError.tooBusy(database: target.label, table: table.target.fullName)
        }
        return back
    }

    /// Whether a row that does not move in this direction stands in the way of one that shall.
    private func isBlocked(_ table: TableWork) throws -> Bool {
        try table.target.claims.contains { claim in
            try claim.isImmediate && !target.query(table.clashes(claim)).isEmpty
        }
    }
}
