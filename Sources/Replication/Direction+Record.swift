import Postgres

/// What is left of a direction when it has ended: log entries for the other neighbours, the losers
/// of conflicts, the watermark, and a line in the history.
extension Direction {
    /// Writes the target's log and the conflict history.
    ///
    /// - Parameter settings: what they were before, where nothing of the users' runs behind this.
    func record(
        _ works: [Work], settings: [Row]?, report: inout DirectionReport
    ) throws {
        let summaries = try works.map { work in
            var summary = try summarize(work)
            summary.staged -= work.fetched
            return summary
        }
        // The history is written after the clock is raised, and its shape needed only for conflicts.
        let needsHistory =
            summaries.contains { $0.conflicts > 0 } || works.contains { $0.table.hasObjects }
        let history = try needsHistory ? Relation.load(target, ids: conflictRelation()).first : nil
        let raise = raiseClock(works).map { [$0] } ?? []
        let logs = zip(works, summaries).flatMap { work, summary in log(work, summary: summary) }
        // Rows that lose or wait are written as json, with casts of the users'.
        let isEnd =
            settings != nil && history == nil && !works.contains { $0.table.isHolding }
        let answers = try target.queries(raise + logs + (isEnd ? settingsAtEnd : []))
        if !raise.isEmpty {
            report.newestChange = try answers[0].first?.optionalString("changed_at")
        }
        if let settings, isEnd { try checkSettings(settings, answers, works: works) }
        for (work, summary) in zip(works, summaries) {
            if let history, summary.conflicts > 0, !work.table.target.isSystem {
                try target.execute(work.table.recordConflicts(history: history))
                if work.hasClashes {
                    try target.execute(work.table.recordClashes(history: history))
                }
            }
            try quarantine(work, report: &report)
            if work.table.target.isSystem {
                report.systemRows += summary.moved
            } else if summary.staged > 0 || summary.isTruncated {
                report.tables.append(summary)
            }
        }
        try carryObjects(works, history: history, report: &report)
        if let settings, !isEnd {
            try checkSettings(settings, target.queries(settingsAtEnd), works: works)
        }
    }

    /// Makes whatever is done here from now on later than everything that arrived. Answers the newest time
    /// that arrived; nil where nothing did.
    private func raiseClock(_ works: [Work]) -> SQL? {
        let straight = works.compactMap(\.straight.newest)
            .map { newest -> SQL in
                """
                select \(TableWork.beginning)
                    + \(raw: String(newest)) * interval '1 microsecond' as changed_at
                """
            }
        let staged = works.filter { $0.report.staged > 0 }.map(\.table.newestStaged) + straight
        guard !staged.isEmpty else { return nil }
        return """
            select n.changed_at, replication.raise_clock(n.changed_at)
            from (
                select max(s.changed_at) as changed_at
                from (\(staged.joined(separator: " union all "))) as s
            ) as n
            """
    }

    private func conflictRelation() throws -> [Int] {
        try target.query(
            """
            select id
            from replication.relation
            where relid = 'replication.conflict'::regclass
            """
        ).map { try $0.int("id") }
    }

    /// Keeps the list of what waits here, and counts it.
    private func quarantine(_ work: Work, report: inout DirectionReport) throws {
        let table = work.table
        if table.owed != nil || table.terms.isFirst { try target.execute(table.release) }
        guard table.isHolding else { return }
        for statement in table.enlist { try target.execute(statement) }
        let rows = try target.query("select count(*) as count from \(table.held)")
        report.waiting[work.report.name] = try rows.first?.int("count")
    }

    private func log(_ work: Work, summary: DirectionReport.Table) -> [SQL] {
        let table = work.table
        var statements: [SQL?] = []
        if work.straight.moved > work.straight.logged { statements.append(table.logStraight) }
        if work.straight.hasNoted { statements.append(table.passOnMissing) }
        if work.report.staged > 0 {
            statements += [table.dethrone, table.logTaken]
            if summary.left > 0 { statements.append(table.passOn) }
            if summary.conflicts > 0 { statements.append(table.meet) }
            if summary.kept > 0 || table.isHolding { statements.append(table.logKept) }
            statements += [table.supersede, table.supersedeColumns, table.logLeaving]
        }
        if table.terms.isFirst { statements.append(table.logMissingAtSource) }
        return statements.compactMap { $0 }
    }

    /// The counts of a table, from its decisions.
    private func summarize(_ work: Work) throws -> DirectionReport.Table {
        var counts = work.report
        counts.staged += work.straight.rows
        counts.inserted += work.straight.inserted
        counts.updated += work.straight.updated
        counts.deleted += work.straight.deleted
        guard work.report.staged > 0 || work.straight.rows == 0 else { return counts }
        for row in try target.query(work.table.summary) {
            let count = try row.int("count")
            guard let verdict = Verdict(rawValue: try row.string("verdict")) else { continue }
            switch verdict {
            case .insert, .bringBack: counts.inserted += count
            case .update, .replace, .merge: counts.updated += count
            case .delete: counts.deleted += count
            case .wait: counts.staged -= count
            case .sameAndNewer: counts.left += count
            case .same, .keep, .keepParent, .ask, .skip, .refuse: break
            }
            if try row.bool("clashed") {
                if verdict == .refuse { counts.kept += count } else { counts.taken += count }
            }
            guard try row.bool("contested"), verdict != .skip else { continue }
            if verdict == .merge || verdict == .delete, try row.bool("made") {
                counts.merged += count
            } else if verdict == .keep || verdict == .keepParent {
                counts.kept += count
            } else {
                counts.taken += count
            }
        }
        try countCombined(work.table, into: &counts)
        return counts
    }

    /// A row made of both sides' columns is no conflict, unless both changed one of them.
    private func countCombined(
        _ table: TableWork, into counts: inout DirectionReport.Table
    ) throws {
        guard let question = table.countCombined,
            let row = try target.query(question).first
        else { return }
        counts.combined = try row.int("peaceful")
        let contested = try row.int("contested")
        counts.taken -= contested
        counts.merged += contested
    }

    /// An idle direction notes that it was here, and nothing else.
    func noteContact(_ known: Neighbour) throws {
        guard !options.isDryRun else { return }
        _ = try target.queries([
            "set local synchronous_commit = off",
            """
            update replication.neighbour
            set \(clockColumns)
                last_sync = \(heardAt)
            where number = \(sourceNode.number)
            """,
            acknowledgement(known),
        ])
    }

    /// Notes at the target what the source has of the target's log.
    private func acknowledgement(_ known: Neighbour) -> SQL {
        """
        select replication.acknowledge(\(sourceNode.number)::int,
            \(known.received?.text)::pg_snapshot, \(known.receivedToken)::uuid)
        """
    }

    /// When the source was as the target now knows it.
    private var heardAt: SQL {
        standIn.map { "greatest(last_sync, least(now(), \($0.header.madeAt)::timestamptz))" }
            ?? "now()"
    }

    /// What the neighbour's row is told of both clocks.
    private var clockColumns: SQL {
        let seen: SQL = "clock_seen = replication.keep_clock(clock_seen),"
        guard let clockSkew else { return seen }
        return """
            \(seen)
                clock_skew = make_interval(secs => \(String(clockSkew.seconds))::float8),
                clock_skew_error = make_interval(secs => \(String(clockSkew.error))::float8),
                clock_measured_at = now(),
            """
    }

    /// Ends the direction on the target, and commits. Answers whether rows had been staged before.
    func finish(
        _ opened: Opened, before: Before, report: DirectionReport, token: String?
    ) throws -> Bool {
        // In the way back too: the source's rows may hold this node's numbers, from a former life.
        if report.isFirst || before.neighbour.received == nil { try numberSequences() }
        var statements: [SQL] = [
            """
            update replication.neighbour
            set received = \(opened.snapshot.text)::pg_snapshot,
                received_token = \(token)::uuid,
                way_back = case
                    when \(report.isFirst)::boolean then \(before.snapshot)::pg_snapshot
                    else way_back
                end,
                was_tried = false,
                \(clockColumns)
                last_sync = \(heardAt)
            where number = \(sourceNode.number)
            """,
            acknowledgement(opened.neighbour),
            // The watermark moves, and nothing that is staged under the old one fits any more.
            """
            with gone as (
                delete from replication.staging
                where neighbour = \(sourceNode.number)::int
                returning 1
            )
            select exists (select from gone) as yes
            """,
        ]
        statements += levels(opened, before: before)
        if !report.isEmpty { statements.append(line(of: report)) }
        return try target.queries(statements + ["commit"])[2].first?.bool("yes") ?? false
    }

    /// Notes how far the two are level, for the time when one of them is gone. Of an edge that is new
    /// nothing old counts.
    private func levels(_ opened: Opened, before: Before) -> [SQL] {
        let isNew = before.neighbour.received == nil
        let forget: SQL = """
            delete from replication.level
            where neighbour = \(sourceNode.number)
            """
        let note: SQL = """
            insert into replication.level (neighbour, xid, identity, received, acknowledged, beyond)
            values (\(sourceNode.number)::int, pg_current_xact_id()::text::bigint,
                \(sourceNode.identity)::uuid, \(opened.snapshot.text)::pg_snapshot,
                \(opened.neighbour.received?.text)::pg_snapshot, \(opened.beyond)::jsonb)
            """
        return (isNew ? [forget] : []) + (opened.terms.isFirst ? [] : [note])
    }

    /// The direction's line in the history.
    private func line(of report: DirectionReport) -> SQL {
        """
        insert into replication.sync (started_at, finished_at, source, staged, inserted, updated,
            deleted, truncated, conflicts)
        values (now(), clock_timestamp(), \(sourceNode.number)::int, \(report.staged)::bigint,
            \(report.tables.reduce(0) { $0 + $1.inserted })::bigint,
            \(report.tables.reduce(0) { $0 + $1.updated })::bigint,
            \(report.tables.reduce(0) { $0 + $1.deleted })::bigint,
            \(report.truncated)::bigint, \(report.conflicts)::bigint)
        """
    }

    /// After a first load the sequences go on above the numbers that arrived.
    private func numberSequences() throws {
        try target.execute("select replication.number_sequences(relid) from replication.relation")
    }
}
