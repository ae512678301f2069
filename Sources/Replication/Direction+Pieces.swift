import Postgres

/// The short ways of pieces that are all of one kind, as most of a large backlog are: what they did is
/// known from its count alone. That no row of theirs has a change of the target's own is proved once,
/// behind the last piece.
extension Direction {
    /// What a piece holds.
    struct PieceCounts {
        /// How many rows there are to have.
        private(set) var present = 0
        /// How many are not there any more.
        private(set) var absent = 0
        /// The newest time among them, in microseconds since 2000.
        private(set) var newest: Int?

        var all: Int { present + absent }

        init(_ piece: BinaryRows) {
            var (there, last) = (0, Int?.none)
            piece.forEach(field: TableWork.presentField) { there += $0?.first == 1 ? 1 : 0 }
            piece.forEach(field: TableWork.changedAtField) { field in
                guard let field, field.count == 8 else { return }
                let time = Int(Int64(bigEndian: field.loadUnaligned(as: Int64.self)))
                let isFinite = time > Int(Int64.min) && time < Int(Int64.max)
                if isFinite { last = max(last ?? time, time) }
            }
            (present, absent, newest) = (there, piece.count - there, last)
        }

        init(_ row: Row) throws {
            present = try row.int("present")
            absent = try row.int("absent")
            newest = try row.optionalInt("newest")
        }
    }

    /// Fills the piece's table; of rows that are not there any more, with the keys alone.
    func fill(_ table: TableWork, with piece: BinaryRows, _ counts: PieceCounts) throws {
        if counts.present == 0 {
            _ = try target.copyIn(table.copyKeys, rows: piece, table.keyParts)
        } else {
            _ = try target.copyIn(
                table.copyPiece, rows: piece, [.fields(0..<table.rowFields.upperBound)])
        }
    }

    /// Copies a piece into the table itself, where the last ones had new rows only; false where that
    /// was not to be.
    func copy(
        _ piece: BinaryRows, _ counts: PieceCounts, into table: TableWork,
        _ straight: inout Straight
    ) throws -> Bool {
        guard straight.mayCopy, straight.isNew ?? false, counts.absent == 0 else { return false }
        let xid = try straight.xid ?? target.query("select \(table.xid) as xid").first?.int("xid")
        guard let xid else { return false }
        do {
            try target.savepoint {
                let rows = try target.copyIn(
                    table.copyRows, rows: piece, [.fields(table.rowFields)])
                let noted = try target.copyIn(
                    table.copyLog, rows: piece, table.logParts(xid: xid))
                guard rows == counts.all, noted == counts.all else { throw FellShort() }
            }
        } catch is FellShort {
            straight.mayCopy = false
            return false
        } catch let error as PostgresError where error.isOfRows {
            straight.isNew = false
            return false
        }
        straight.xid = xid
        straight.inserted += counts.all
        straight.logged += counts.all
        straight.note(newest: counts.newest)
        return true
    }

    /// What has gone straight with a piece of which all rows are new, or all are to be updated, and all
    /// that are to go are there; nil where that cannot be expected, or was not so.
    func applyEven(
        _ table: TableWork, _ counts: PieceCounts, _ straight: Straight
    ) throws -> Straight? {
        guard straight.isEven, straight.isAlone ?? false, !table.target.hasRules else { return nil }
        var next = straight
        let isNew = straight.isNew ?? false
        do {
            try target.savepoint {
                if counts.absent > 0, try target.execute(table.deleteEven) < counts.absent {
                    throw FellShort()
                }
                if counts.present > 0,
                    try target.execute(isNew ? table.insertEven : table.updateEven)
                        < counts.present
                {
                    throw FellShort()
                }
                guard try target.execute(table.logEven(isNew: isNew)) == counts.all else {
                    throw FellShort()
                }
            }
        } catch is FellShort {
            return nil
        } catch let error as PostgresError where error.isOfRows {
            return nil
        }
        next.deleted += counts.absent
        if isNew { next.inserted += counts.present } else { next.updated += counts.present }
        next.logged += counts.all
        return next
    }

    /// How the source reads the pending rows of a table with a large log, which the planner knows little
    /// of: by the log's index, and the rows one by one as the keys come; or, where that is a large share
    /// of them, all in the order of the key. Answers whether it was told.
    func prepareSource(_ table: TableWork, _ opened: Opened) throws -> Bool {
        guard opened.largeLogs.contains(table.source.id) else { return false }
        _ = try source.queries(
            ["set local enable_seqscan = off", "set local work_mem = '128MB'", table.setJoin])
        return true
    }

    /// Takes that back.
    func unprepareSource() throws {
        try source.script(
            ["enable_seqscan", "enable_nestloop", "enable_hashjoin"]
                .map { "set local \($0) to default;" }.joined() + Self.memory.text)
    }
}

extension Direction.Straight {
    /// Keeps the newest time.
    mutating func note(newest other: Int?) {
        newest = [newest, other].compactMap { $0 }.max()
    }
}
