import Postgres

/// Decisions and their carrying out, in rounds: what a user changed between the two is decided
/// again, with a fresh snapshot, until nothing is left.
extension Direction {
    private static let rounds = 20

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
        try count(try target.query(table.decide), into: &work)
        guard work.contested > 0 else { return }
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
        }
    }

    private func count(_ rows: [Row], into work: inout Work) throws {
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
    }

    /// Carries out the decisions about one table.
    func apply(_ work: inout Work) throws {
        guard !work.isSettled else { return }
        onProgress(.applying(table: work.report.name))
        for round in 1...Self.rounds {
            if work.waiting == nil { try decide(&work) }
            let isDone = try carryOut(work)
            let isComplete = try work.report.staged == decided(work)
            if isDone, isComplete {
                work.isSettled = true
                return
            }
            if !isDone { try target.execute(work.table.withdrawUndone) }
            try target.execute(work.table.markDone)
            if round >= 3 { try findClash(work) }
            work.waiting = nil
        }
        throw ReplicationError.tooBusy(database: target.label, table: work.report.name)
    }

    /// How many staged rows have a decision. A contested one whose row moved on while it was being
    /// looked at has none.
    private func decided(_ work: Work) throws -> Int {
        guard work.contested > 0 else { return work.report.staged }
        let rows = try target.query("select count(*) as count from \(work.table.decision)")
        return try rows.first?.int("count") ?? 0
    }

    /// One round: deletes first, as they free unique values, then updates, then inserts. True where
    /// every statement did all of its rows.
    private func carryOut(_ work: Work) throws -> Bool {
        let table = work.table
        let waiting = work.waiting ?? [:]
        var isDone = true
        if waiting[.same] != nil {
            isDone = try lockSame(table)
        }
        if let count = waiting[.delete] {
            isDone = try target.execute(table.delete()) == count && isDone
        }
        if let count = waiting[.update] {
            isDone = try update(table) == count && isDone
        }
        if let count = waiting[.replace] {
            _ = try target.execute(table.delete(.replace))
            isDone = try target.execute(table.insert(.replace)) == count && isDone
        }
        if let count = waiting[.merge] {
            let done = try table.applyMerged.reduce(0) { try $0 + target.execute($1) }
            guard done == count else {
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
    /// values nobody holds, again and again. What is left then exchanges values in a circle, and is
    /// deleted and inserted again, under a lock: else an UPDATE of a user that waits for such a row
    /// would find none.
    private func update(_ table: TableWork) throws -> Int {
        guard !table.target.uniques.isEmpty || table.target.hasExclusions else {
            return try target.execute(table.update())
        }
        do {
            return try target.savepoint { try target.execute(table.update()) }
        } catch let error as PostgresError
            where [SQLState.uniqueViolation, SQLState.exclusionViolation].contains(error.sqlstate)
        {
            var done = 0
            // Exclusion constraints have no order of this kind: those rows are all replaced.
            while error.sqlstate == SQLState.uniqueViolation {
                let count = try target.execute(table.update(where: table.isFree))
                if count == 0 { break }
                done += count
            }
            try target.execute("lock table \(table.target.name) in exclusive mode")
            guard try target.execute(table.replaceRemaining) > 0 else { return done }
            _ = try target.execute(table.delete(.replace))
            return try done
                + noClash(table) { try target.execute(table.insert(.replace, isPlain: true)) }
        }
    }

    /// Rows that cannot be inserted although their key is free: another row holds a unique value of
    /// theirs. Lets the server say which.
    private func findClash(_ work: Work) throws {
        var again = work
        try decide(&again)
        if again.waiting?[.insert] != nil {
            _ = try noClash(work.table) {
                try target.execute(work.table.insert(.insert, isPlain: true))
            }
        }
        try target.execute(work.table.markDone)
    }

    private func noClash(_ table: TableWork, _ body: () throws -> Int) throws -> Int {
        do {
            return try body()
        } catch let error as PostgresError
            where [SQLState.uniqueViolation, SQLState.exclusionViolation].contains(error.sqlstate)
        {
            throw ReplicationError.uniqueClash(
                database: target.label, table: table.target.fullName,
                constraint: error.constraint ?? "a unique index",
                detail: error.detail ?? error.message)
        }
    }
}
