import Postgres

/// Rows that no change of the target's own meets are applied as they arrive, in pieces, while the next
/// ones are on their way: without a decision about each of them.
///
/// Every statement proves for itself, in its own snapshot, what a decision would have noted: that the
/// key has no pending entry of the target's own, and that the row is no version that a user could have
/// written since that snapshot. Rows that fall short of this are too few in the statement's count;
/// then the piece is undone and staged, and decided like any other.
extension TableWork {
    /// Whether rows of this table can go straight at all.
    var canGoStraight: Bool {
        !terms.isFirst && !terms.isReturn && !isTruncated && owed == nil && !isBlind
            && staging == nil && policy == .newest && !target.isSystem && !hasObjects
            && !hasDeferrable && !hasFilter && !tellsMaking
            && target.kind != .inheriting
            && !target.columns.contains(where: \.isAlways)
            && target.key.allSatisfy { $0.equals == "operator(pg_catalog.=)" }
    }

    /// The rows of one piece; the same columns as the stage.
    var piece: SQL { SQL(raw: "pg_temp.piece_\(target.id)") }
    /// What was taken over, until it is logged: the log itself is looked at by each piece.
    private var passed: SQL { SQL(raw: "pg_temp.passed_\(target.id)") }

    var createPiece: String {
        let keys = target.key.enumerated().map { number, key -> String in
            let column = target.columns[target.position(of: key.name) - 1]
            return definition("k\(number + 1)", column)
        }
        return createImage + """
            create temporary table \(piece.text) (\(stageColumns)) on commit drop;
            create temporary table \(passed.text) (
                changed_at timestamptz not null, origin int not null, action "char" not null,
                \(keys.joined(separator: ", "))
            ) on commit drop;
            """
    }

    /// Fills the piece.
    var copyPiece: SQL { "copy \(piece) (\(raw: copiedColumns)) from stdin \(format)" }

    /// The next piece has the place of this one.
    var emptyPiece: String { "truncate \(piece.text)" }

    /// How many rows of the piece there are to have, how many are not there any more, and the newest
    /// time among them.
    var countPiece: SQL {
        """
        select count(*) filter (where s.present) as present,
            count(*) filter (where not s.present) as absent,
            (extract(epoch from
                max(s.changed_at) filter (where isfinite(s.changed_at)) - \(Self.beginning)
            ) * 1000000)::bigint as newest
        from \(piece) as s
        """
    }

    /// From which PostgreSQL counts its times.
    static let beginning: SQL = "timestamptz '2000-01-01 00:00:00+00'"

    /// Whether the target has any of the first rows of the piece.
    var meetsPiece: SQL {
        """
        select exists (
            select
            from (select * from \(piece) where present limit 100) as s
                join \(target.rows) as t on \(sameKey("s", "t"))
        ) as yes
        """
    }

    /// The key of a staged row has no change of the target's that the source has not seen.
    private var hasNoRival: SQL {
        let keys = target.key.indices.map { "l.k\($0 + 1)" }.joined(separator: ", ")
        let places = target.key.map { "s.\(place($0))" }.joined(separator: ", ")
        return """
            not (
                        (\(raw: places)) operator(pg_catalog.=) any (
                            select \(raw: keys)
                            from \(target.log) as l
                            where \(unseenBySource)
                        )
                    )
            """
    }

    /// The row was there, as it is, before any transaction that was not over when the statement began.
    /// What a user changes while the statement waits for him is not.
    var isOld: SQL {
        "age(t.xmin) > (select age(pg_snapshot_xmin(pg_current_snapshot())::xid))"
    }

    var hasNoTruncate: SQL {
        """
        not exists (
                    select
                    from replication.event as e
                    where e.relation = \(raw: String(target.id))
                        and e.kind = 'truncate'
                        \(truncatesAtTarget)
                )
        """
    }

    private func notePassed(_ action: String, from rows: String) -> SQL {
        let keys = target.key.indices.map { "k\($0 + 1)" }.joined(separator: ", ")
        return """
            insert into \(passed) (changed_at, origin, action, \(raw: keys))
                select changed_at, origin, \(literal: action), \(raw: keys)
                from \(raw: rows)
            """
    }

    private var passedColumns: SQL {
        let keys = target.key.enumerated().map { "s.\(place($1)) as k\($0 + 1)" }
        return "s.changed_at, s.origin, \(raw: keys.joined(separator: ", "))"
    }

    /// Deletes what is gone at the source. Answers the `count`.
    var deleteStraight: SQL {
        """
        with gone as (
            \(deleteEven)
                and \(hasNoRival)
            returning \(passedColumns)
        ), noted as (\(notePassed("D", from: "gone")))
        select count(*) as count
        from gone
        """
    }

    /// Whether the target has a row that is gone at the source, and other neighbours.
    var hasLeftover: SQL {
        """
        select exists (
            select
            from \(piece) as s
                join \(target.rows) as t on \(sameKey("s", "t"))
            where not s.present
        ) as yes, \(hasOthers) as has_others
        """
    }

    /// Updates what both sides have, and what differs. Answers the `count`.
    var updateStraight: SQL {
        """
        with changed as (
            \(updateEven)
                and \(hasNoRival)
            returning \(passedColumns)
        ), noted as (\(notePassed("U", from: "changed")))
        select count(*) as count
        from changed
        """
    }

    /// Inserts the rows that the target does not have; where `isSure`, all that are there to have, and
    /// one that the target has is an error. Answers the `count`.
    func insertStraight(isSure: Bool) -> SQL {
        let isNew: SQL =
            isSure
            ? "" : "and not exists (select from \(target.rows) as t where \(sameKey("s", "t")))"
        return """
            with new as materialized (
                select s.*
                from \(piece) as s
                where s.present
                    and \(hasNoRival)
                    and \(hasNoTruncate)
                    \(isNew)
            ), made as (
                insert into \(target.name) (\(columnNames))
                overriding system value
                select \(stagedValues)
                from new as s
                returning true
            ), noted as (
                \(notePassed("I", from: "(select \(passedColumns.text) from new as s) as s"))
            )
            select count(*) as count
            from made
            """
    }

    /// Lets the piece be decided like any other.
    var stagePiece: SQL { "insert into \(stage) select * from \(piece)" }

    /// Keeps the rows of the piece, applied as they are, for whoever looks at all that arrived: proofs
    /// of foreign keys, and numbers.
    var keepPiece: SQL {
        """
        with kept as (
            insert into \(stage)
            select *
            from \(piece)
            returning ctid, present
        )
        insert into \(decision) (staged, verdict, made, done)
        select k.ctid, case when k.present then 'I' else 'D' end::"char", false, true
        from kept as k
        """
    }

    /// Logs what went straight, through the source and with its version unchanged.
    var logStraight: SQL {
        let keys = target.key.indices.map { "k\($0 + 1)" }.joined(separator: ", ")
        return """
            insert into \(target.log) \(logColumns)
            select \(xid), p.changed_at, p.origin, \(raw: String(terms.source)), p.action,
                \(raw: keys)
            from \(passed) as p
            """
    }
}
