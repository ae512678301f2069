import Postgres

/// The way of rows that meet no change of the target's own: in pieces, each applied while the source
/// goes on with the next.
extension Direction {
    /// What went straight of one table.
    struct Straight: Sendable {
        var inserted = 0
        var updated = 0
        var deleted = 0
        /// Keys that neither side has any more.
        var missing = 0
        /// Whether some of these were noted, for the nodes behind the target.
        var hasNoted = false
        /// How many of them are in the log already: no statement has asked for rivals of theirs.
        var logged = 0
        /// The newest time that came along, in microseconds since 2000, as PostgreSQL counts.
        var newest: Int?
        /// Whether the rows are kept in the stage, for those who look at all that arrived.
        var isKept = false
        /// Whether rows may be copied into the table itself.
        var mayCopy = false
        /// The transaction's number, where it was asked for.
        var xid: Int?
        /// Whether the piece's table still holds the last one.
        var isPieceUsed = false
        /// Whether the stage has been made: mostly nothing needs it.
        var hasStage = false
        /// How many pieces in a row could not go straight.
        var failures = 0
        /// Whether the last piece had new rows only.
        var isNew: Bool?
        /// Whether the last piece was all of one kind: it can be expected of the next.
        var isEven = false
        /// Whether the target had no change of its own; nil before anybody asked.
        var isAlone: Bool?

        var rows: Int { inserted + updated + deleted + missing }
        var moved: Int { inserted + updated + deleted }
    }

    /// Rows went straight that must not have: the direction begins again without.
    struct StraightFailed: Error {}

    /// So few rows are updated on trial, and inserted if there were none: to look first is as dear.
    private static let few = 100
    /// After so many pieces in a row that were undone, the rest of the table is staged.
    private static let failuresAtMost = 2

    /// Whether rows of a table go straight in this direction: not where they come slowly, as what is
    /// applied is locked until the end. While some wait for a person, those that they need could come
    /// with any other.
    func goesStraight(_ table: TableWork, _ opened: Opened) -> Bool {
        mayGoStraight && options.goesStraight && isNear && opened.owed.isEmpty
            && opened.blind.isEmpty && table.canGoStraight
    }

    /// A piece is small, and the table may be large: it is looked up by its key; so is the log, of which
    /// only the newest entries matter.
    private static let byIndex = ["enable_hashjoin", "enable_mergejoin", "enable_seqscan"]

    /// Brings one table over in pieces, and applies them. What cannot go straight is in the stage
    /// afterwards; answers how many rows that are.
    func goStraight(
        _ table: TableWork, _ opened: Opened, _ straight: inout Straight,
        report: inout DirectionReport
    ) throws -> Int {
        var (state, staged, rows, bytes) = (straight, 0, 0, 0)
        state.isKept = table.target.isLookedAt
        state.mayCopy = !state.isKept && table.canBeCopied && !table.target.hasRules
        if state.isKept { try makeStage(table, &state) }
        try target.script(
            table.createPiece + Self.byIndex.map { "set local \($0) = off;" }.joined())
        let arrived = { (count: Int, size: Int) in
            rows += count
            bytes += size
            onProgress(.staging(table: table.target.fullName, rows: rows))
        }
        let pieces = CopyPieces(smallest: options.straightBytes, largest: 4 << 20)
        let isPrepared = try prepareSource(table, opened)
        if table.isBinary {
            try source.copyOutPieces(table.copyOut, beside: target, pieces: pieces) { piece in
                arrived(piece.count, piece.size)
                let counts = PieceCounts(piece)
                if try copy(piece, counts, into: table, &state) { return }
                if state.isPieceUsed { try target.script(table.emptyPiece) }
                try fill(table, with: piece, counts)
                staged += try take(table, counts, &state)
            }
        } else {
            try source.copyInPieces(
                table.copyOut, to: target, into: table.copyPiece, isBinary: false, pieces: pieces
            ) { piece in
                arrived(piece.rows, piece.bytes)
                guard let row = try target.query(table.countPiece).first else {
                    throw StraightFailed()
                }
                staged += try take(table, PieceCounts(row), &state)
                try target.script(table.emptyPiece)
            }
        }
        if isPrepared { try unprepareSource() }
        straight = state
        report.bytes += bytes
        let isAlone = try straight.logged == 0 || isAlone(table)
        try target.script(Self.byIndex.map { "set local \($0) to default;" }.joined())
        if !isAlone { try proveLogged(table) }
        return staged
    }

    /// Whether the target has nothing of its own for the source in this table.
    private func isAlone(_ table: TableWork) throws -> Bool {
        try !(target.query(table.hasOwnChanges).first?.bool("yes") ?? true)
    }

    /// No key that was logged has a change of the target's own, made before it or meanwhile.
    private func proveLogged(_ table: TableWork) throws {
        if try target.query(table.meetsOwnChanges).first?.bool("yes") ?? true {
            throw StraightFailed()
        }
    }

    /// Applies one piece, or stages it. Answers how many of its rows are staged.
    private func take(
        _ table: TableWork, _ counts: PieceCounts, _ straight: inout Straight
    ) throws -> Int {
        var staged = counts.all
        if straight.isEven, straight.isAlone == nil {
            straight.isAlone = try isAlone(table)
        }
        if straight.failures < Self.failuresAtMost {
            if let done = try applyEven(table, counts, straight)
                ?? apply(table, counts, straight)
            {
                straight = done
                straight.failures = 0
                straight.note(newest: counts.newest)
                staged = 0
            } else {
                straight.failures += 1
            }
        }
        if staged > 0 {
            try makeStage(table, &straight)
            try target.execute(table.stagePiece)
            straight.isEven = false
        }
        if staged == 0, straight.isKept { try target.execute(table.keepPiece) }
        straight.isPieceUsed = true
        return staged
    }

    private func makeStage(_ table: TableWork, _ straight: inout Straight) throws {
        if !straight.hasStage { try target.script(table.createStageAlone) }
        straight.hasStage = true
    }

    /// What has gone straight with this piece; nil where something of it cannot.
    private func apply(
        _ table: TableWork, _ counts: PieceCounts, _ straight: Straight
    ) throws -> Straight? {
        var isNew = straight.isNew ?? false
        if counts.present > Self.few, straight.isNew == nil {
            isNew = try !(target.query(table.meetsPiece).first?.bool("yes") ?? true)
        }
        for isSure in isNew ? [true, false] : [false] {
            var next = straight
            do {
                let steps = steps(table, counts, isSure: isSure)
                var hasNoted = false
                // Of a few rows all at once: a statement in vain costs less than a round trip.
                let first = steps.prefix(counts.all > Self.few ? 1 : steps.count)
                try target.savepoint(with: first.map(\.statement)) { answers in
                    let known = Dictionary(
                        uniqueKeysWithValues: try zip(first, answers).map {
                            ($0.action, try count($1))
                        })
                    try apply(counts, steps, known, &next) {
                        let row = try target.query(table.hasLeftover).first
                        guard let row, try !row.bool("yes") else { return true }
                        hasNoted = try row.bool("has_others")
                        guard hasNoted else { return false }
                        try target.script(table.createMissing)
                        try target.execute(table.keepMissing)
                        return false
                    }
                }
                next.hasNoted = next.hasNoted || hasNoted
            } catch is FellShort {
                continue
            } catch let error as PostgresError where error.isOfRows {
                continue
            }
            return next
        }
        return nil
    }

    /// Some rows of the piece were not as they must be.
    struct FellShort: Error {}

    /// A statement for the rows of a piece that go, that are changed, or that come, in this order.
    private struct Step {
        enum Action { case delete, update, insert }
        let action: Action
        let statement: SQL
    }

    private func steps(_ table: TableWork, _ counts: PieceCounts, isSure: Bool) -> [Step] {
        var steps: [Step] = []
        if counts.absent > 0 {
            steps.append(Step(action: .delete, statement: table.deleteStraight))
        }
        guard counts.present > 0 else { return steps }
        if !isSure { steps.append(Step(action: .update, statement: table.updateStraight)) }
        return steps + [
            Step(action: .insert, statement: table.insertStraight(isSure: isSure))
        ]
    }

    /// - Parameters:
    ///   - known: how many rows those steps had that are done already.
    ///   - hasLeftover: whether the target still has a row that should be gone.
    private func apply(
        _ counts: PieceCounts, _ steps: [Step], _ known: [Step.Action: Int],
        _ straight: inout Straight, hasLeftover: () throws -> Bool
    ) throws {
        var missing = counts.present
        straight.isEven = true
        if missing > 0 { straight.isNew = true }
        for step in steps where step.action == .delete || missing > 0 {
            let rows = try known[step.action] ?? count(target.query(step.statement))
            switch step.action {
            case .delete:
                if rows < counts.absent, try hasLeftover() { throw FellShort() }
                straight.deleted += rows
                straight.missing += counts.absent - rows
                straight.isEven = rows == counts.absent
            case .update:
                missing -= rows
                straight.updated += rows
                straight.isNew = rows == 0
                if rows > 0, missing > 0 { straight.isEven = false }
            case .insert:
                straight.inserted += rows
                missing -= rows
            }
        }
        guard missing == 0 else { throw FellShort() }
    }

    private func count(_ rows: [Row]) throws -> Int { try rows.first?.int("count") ?? 0 }
}

extension PostgresError {
    /// Whether rows, or code of the users' that they meet, are to blame: another way is to be found for
    /// them. What is of the server, or of the moment, is not.
    var isOfRows: Bool {
        SQLState.isConstraintViolation(sqlstate) || isOfUsersCode
    }
}
