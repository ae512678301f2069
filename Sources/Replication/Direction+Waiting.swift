import Postgres

/// Rows that a constraint of the target forbids wait, and all others flow.
///
/// What may break a constraint is done in a savepoint. Where something breaks one, all of it is
/// undone, the rows to blame are found in sets and held back, with the rows that need them as
/// parents, and it is done again.
extension Direction {
    /// How often the rest is tried again at most; each time other rows are found to be to blame.
    private static let attempts = 100
    /// How many rows at most are found by trying, where no condition tells them.
    private static let tries = 200

    /// Decides, applies and proves what is staged.
    ///
    /// - Parameter foreignKeys: the answer to `questionOfProof`.
    func settle(
        _ works: inout [Work], report: DirectionReport, foreignKeys: [Row]
    ) throws {
        if Self.areStraight(works) {
            do {
                return try bringParentsBack(&works, known: read(foreignKeys, about: works))
            } catch let error where Self.isAboutRows(error) {
                throw StraightFailed()
            }
        }
        var staged = works
        for _ in 0..<Self.attempts {
            works = staged
            do {
                try target.savepoint {
                    try decide(&works, report: report)
                    try keepParents(works)
                    logger.debug("applying")
                    for index in works.indices { try apply(&works[index]) }
                    logger.debug("proving")
                    try bringParentsBack(&works)
                    try proveClaims(works)
                }
                return
            } catch let error
                where works.contains(where: { $0.straight.rows > 0 })
                && Self.isAboutRows(error)
            {
                throw StraightFailed()
            } catch let held as Held {
                try hold(held, in: &staged)
            } catch let violation as Violation {
                try blame(violation, in: &staged)
            }
        }
        throw ReplicationError.tooBusy(database: target.label, table: nil)
    }

    /// Whether all went straight: only the foreign keys are to be proved.
    private static func areStraight(_ works: [Work]) -> Bool {
        works.allSatisfy { $0.isSettled && $0.straight.rows > 0 }
    }

    /// What is to be asked for that, if anything. When the tables were looked at, most had no foreign
    /// keys, and then only somebody who has just made one matters.
    func questionOfProof(_ works: [Work]) -> SQL? {
        guard Self.areStraight(works) else { return nil }
        let relations = works.map(\.table.target.id)
        return works.contains { $0.table.target.isLookedAt }
            ? ForeignKey.question(touching: relations) : ForeignKey.isAny(touching: relations)
    }

    private func read(_ answer: [Row], about works: [Work]) throws -> [ForeignKey] {
        if works.contains(where: { $0.table.target.isLookedAt }) {
            return try ForeignKey.read(answer)
        }
        if try answer.first?.bool("yes") ?? true { throw StraightFailed() }
        return []
    }

    /// Whether rows must wait, or be decided again.
    private static func isAboutRows(_ error: any Error) -> Bool {
        if case ReplicationError.tooBusy = error { return true }
        return error is Held || error is Violation
    }

    /// Staged rows that cannot be applied now.
    struct Held: Error {
        struct Rows {
            let reason: String
            let constraint: String?
            /// What they meet in the stage, alias `s`.
            let condition: SQL
        }

        /// Their table, by its number at the target.
        let relation: Int
        let rows: [Rows]
    }

    /// An error of the server that some staged row of a table is to blame for.
    struct Violation: Error {
        let relation: Int
        let error: PostgresError
    }

    private func hold(_ held: Held, in works: inout [Work]) throws {
        var count = 0
        for rows in held.rows {
            count += try hold(
                held.relation, rows.reason, rows.constraint, where: rows.condition, in: &works)
        }
        guard count > 0 || decideWhole(held.relation, in: &works) else {
            throw ReplicationError.tooBusy(database: target.label, table: nil)
        }
    }

    /// Where a row that was made of both sides' columns may be to blame, of which neither side knows:
    /// rows of this table are decided whole. False where they are already.
    private func decideWhole(_ relation: Int, in works: inout [Work]) -> Bool {
        guard let index = works.firstIndex(where: { $0.table.target.id == relation }),
            works[index].table.isByColumns, works[index].table.mayCombine
        else { return false }
        works[index].table.mayCombine = false
        return true
    }

    /// Holds back rows of one table, and the children of those that would be new parents.
    @discardableResult
    private func hold(
        _ relation: Int, _ reason: String, _ constraint: String?, where condition: SQL,
        in works: inout [Work]
    ) throws -> Int {
        guard let index = works.firstIndex(where: { $0.table.target.id == relation }) else {
            return 0
        }
        if !works[index].table.isHolding { try target.script(works[index].table.createHeld) }
        works[index].table.isHolding = true
        let count = try target.execute(
            works[index].table.hold(reason, constraint: constraint, where: condition))
        guard count > 0 else { return 0 }
        let keys = try ForeignKey.all(target, touching: [relation])
        for key in keys where key.parentRelation == relation {
            guard let child = works.first(where: { $0.table.target.id == key.childRelation }) else {
                continue
            }
            try hold(
                child.table.target.id, "the row that it refers to waits", key.name,
                where: key.needs(parent: works[index].table, child: child.table), in: &works)
        }
        return count
    }

    // MARK: - Who is to blame

    /// Holds back the rows that break a constraint: by its own condition where there is one, else by
    /// trying.
    private func blame(_ violation: Violation, in works: inout [Work]) throws {
        guard
            let work = works.first(where: { $0.table.target.id == violation.relation }),
            !work.table.target.isSystem
        else { throw violation.error }
        let error = violation.error
        var count = 0
        if let condition = try condition(of: error, work.table) {
            count = try hold(
                violation.relation, error.message, error.constraint, where: condition, in: &works)
        }
        if count == 0 {
            let found = try trial(work.table)
            for (staged, error) in found {
                count += try hold(
                    violation.relation, error.message, error.constraint,
                    where: "s.ctid = \(staged)::text::tid", in: &works)
            }
        }
        guard count > 0 || decideWhole(violation.relation, in: &works) else { throw error }
    }

    /// The condition that the rows to blame meet; nil where none can be told from the error.
    private func condition(of error: PostgresError, _ table: TableWork) throws -> SQL? {
        if error.sqlstate == SQLState.notNullViolation, let column = error.column,
            let place = table.places.first(where: { $0.column.name == column })?.place
        {
            return "s.present and s.\(raw: place) is null"
        }
        guard error.sqlstate == SQLState.checkViolation, let name = error.constraint else {
            return nil
        }
        let found = try target.query(
            """
            select pg_get_expr(c.conbin, c.conrelid) as expression
            from pg_constraint as c
                join pg_class as r on r.oid = c.conrelid
                join pg_namespace as n on n.oid = r.relnamespace
            where c.contype = 'c'
                and c.conname = \(name)
                and n.nspname = \(error.schema)
                and r.relname = \(error.table)
            """)
        guard let expression = try found.first?.optionalString("expression") else { return nil }
        let condition: SQL = """
            s.present and (select (\(raw: expression)) is false from \(table.stagedRow("s")))
            """
        return try canBeAsked(condition, of: table) ? condition : nil
    }

    /// Whether a condition works on staged rows: one about the row as a whole does not.
    private func canBeAsked(_ condition: SQL, of table: TableWork) throws -> Bool {
        do {
            return try target.savepoint {
                let rows = try target.query(
                    "select exists (select from \(table.stage) as s where \(condition)) as yes")
                return try rows.first?.bool("yes") ?? false
            }
        } catch is PostgresError {
            return false
        }
    }

    /// Tries ever smaller parts of the staged rows, pages first, and undoes each: which of them
    /// fail, and how.
    private func trial(_ table: TableWork) throws -> [(String, PostgresError)] {
        let pages = try target.query(table.stagePages).first?.int("pages") ?? 0
        var found: [(String, PostgresError)] = []
        var parts: [TableWork.Part] = [.pages(0..<pages)]
        while let part = parts.popLast(), found.count < Self.tries {
            guard let error = try failure(of: part, table) else { continue }
            switch part {
            case .places(let places) where places.count == 1:
                found.append((places[0], error))
            case .places(let places):
                let middle = places.count / 2
                parts += [.places(Array(places[middle...])), .places(Array(places[..<middle]))]
            case .pages(let pages) where pages.count == 1:
                let rows = try target.query(table.stagedPlaces(part))
                parts.append(.places(try rows.map { try $0.string("staged") }))
            case .pages(let pages):
                let middle = pages.lowerBound + pages.count / 2
                parts += [.pages(middle..<pages.upperBound), .pages(pages.lowerBound..<middle)]
            }
        }
        return found
    }

    private func failure(of part: TableWork.Part, _ table: TableWork) throws -> PostgresError? {
        struct Undo: Error {}
        do {
            try target.savepoint { () throws -> Void in
                for statement in table.attempt(part) { try target.execute(statement) }
                throw Undo()
            }
        } catch let error as PostgresError
            where SQLState.isConstraintViolation(error.sqlstate)
        {
            return table.isClaim(error.constraint) ? nil : error
        } catch is Undo {
            return nil
        }
        return nil
    }
}

extension SQLState {
    /// Whether it says that a constraint was violated: class 23.
    static func isConstraintViolation(_ sqlstate: String?) -> Bool {
        sqlstate?.hasPrefix("23") ?? false
    }
}
