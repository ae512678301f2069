import Postgres

/// The way of the rows: from COPY to COPY into a temporary table of the target.
extension Direction {
    /// One table under way: its statements, and what became of it.
    struct Work {
        var table: TableWork
        var report: DirectionReport.Table
        /// How many decisions of each kind wait to be carried out; nil before they are made.
        var waiting: [Verdict: Int]?
        /// How many of them are conflicts.
        var contested = 0
        /// Whether there were conflicts before their rows were looked at: one whose row had moved on
        /// by then has been withdrawn.
        var wasContested = false
        /// Whether any round so far had rows to delete.
        var hasDeletes = false
        /// Whether any had rows to change.
        var hasUpdates = false
        /// Whether all is carried out.
        var isSettled = false
        /// Whether rows of two keys claimed one value.
        var hasClashes = false
        /// What went straight, without a decision.
        var straight = Straight()
        /// Whether there are the temporary tables of the stage. What goes straight mostly needs none.
        var hasStage = true
        /// How many rows were staged beside what was pending, for keys that lost such a claim.
        var fetched = 0
    }

    /// Stages every pending table, this schema's own first: policies must be there before the
    /// conflicts that they decide.
    func stage(_ opened: Opened, report: inout DirectionReport) throws -> [Work] {
        guard !opened.pending.isEmpty else { return [] }
        let pending = Set(opened.pending)
        let sources = opened.relations.filter { pending.contains($0.id) }
        let answers = try target.queries(
            [Policy.question, Staging.question(neighbour: sourceNode.number)]
                + Relation.questions(named: sources.map(\.fullName)))
        var policies = try Policy.all(answers[0])
        let stagings = standIn == nil ? try Staging.all(answers[1]) : [:]
        let targets = try Relation.read(Array(answers.dropFirst(2)))
        let byName = Dictionary(
            targets.map { ($0.fullName, $0) }, uniquingKeysWith: { first, _ in first })
        var works: [Work] = []
        for relation in sources {
            guard let counterpart = byName[relation.fullName] else {
                throw ReplicationError.schemasDiffer(
                    sourceNode.label, targetNode.label,
                    differences: ["table \(relation.fullName) is on \(sourceNode.label) only"])
            }
            try checkFilter(relation, counterpart)
            if !relation.isSystem, works.last?.table.target.isSystem ?? false {
                policies = try settleSystem(&works)
            }
            var table = TableWork(
                source: relation.crossing(
                    to: counterpart, from: sourceNode.number, to: targetNode.number),
                target: counterpart.crossing(
                    to: relation, from: targetNode.number, to: sourceNode.number),
                terms: opened.terms,
                policy: policies[relation.fullName] ?? .newest,
                isTruncated: opened.truncates[relation.id] != nil,
                owed: try owed(counterpart, of: opened),
                isBlind: opened.blind.contains(relation.id), staging: stagings[counterpart.id])
            if try table.staging?.isComplete != true || !isUsable(table) {
                table.staging = nil
            }
            works.append(try stage(table, opened, report: &report))
        }
        if works.last?.table.target.isSystem ?? false { _ = try settleSystem(&works) }
        try truncateTarget(&works, opened: opened)
        return works
    }

    /// The check before the sync has seen filters as they were. A change of schema that this direction
    /// has just carried out, or that came to the source behind the check, may have taken a column away; and
    /// a row that meets no condition is not to be taken for one outside it.
    private func checkFilter(_ relation: Relation, _ counterpart: Relation) throws {
        let halves = [
            (sourceNode, relation.filters[targetNode.number]),
            (targetNode, counterpart.filters[sourceNode.number]),
        ]
        for (node, filter) in halves where filter?.isBroken ?? false {
            throw ReplicationError.filterBroken(database: node.label, table: relation.fullName)
        }
    }

    /// Decides and applies the facts about the tree; returns the policies that then hold.
    private func settleSystem(_ works: inout [Work]) throws -> [String: Policy] {
        for index in works.indices { try apply(&works[index]) }
        return try Policy.all(target)
    }

    /// The keys of a table that wait here and are asked for again.
    private func owed(_ relation: Relation, of opened: Opened) throws -> Owed? {
        guard opened.owed.contains(relation.id) else { return nil }
        let arrays = relation.key.indices.map { number -> SQL in
            let place = String(number + 1)
            return "array_agg(q.key[\(raw: place)])::text as k\(raw: place)"
        }.joined(separator: ", ")
        let rows = try target.query(
            """
            select \(arrays), array_agg(q.changed_at)::text as times, array_agg(q.origin)::text as origins
            from replication.quarantine as q
            where q.neighbour = \(sourceNode.number)
                and q.relation = \(relation.id)
            having count(*) > 0
            """)
        return try rows.first.map { row in
            Owed(
                keys: try relation.key.indices.map { try row.string("k\($0 + 1)") },
                changedAt: try row.string("times"), origins: try row.string("origins"))
        }
    }

    private func stage(
        _ table: TableWork, _ opened: Opened, report: inout DirectionReport
    ) throws -> Work {
        let name = table.target.fullName
        var work = Work(table: table, report: .init(name: name))
        let isStraight = table.staging == nil && goesStraight(table, opened)
        if !isStraight { try target.script(table.createStage) }
        if let staging = table.staging {
            let (rows, bytes) = try refresh(table, staging)
            work.report.staged = rows
            report.bytes += bytes
        } else if isStraight {
            work.report.staged = try goStraight(
                table, opened, &work.straight, report: &report)
            work.hasStage = work.straight.hasStage
            work.hasDeletes = work.straight.deleted > 0
            work.hasUpdates = work.straight.updated > 0
            work.isSettled = work.report.staged == 0
        } else {
            let copied = try source.copy(table.copyOut, to: target, into: table.copyIn) { rows in
                onProgress(.staging(table: name, rows: rows))
            }
            work.report.staged = copied.rows
            report.bytes += copied.bytes
        }
        if work.report.staged > 0, let dropPruned = table.dropPruned {
            work.report.staged -= try target.execute(dropPruned)
        }
        if table.staging == nil, work.report.staged > 0 || work.straight.isKept {
            try target.execute(table.analyzeStage)
        }
        return work
    }

    /// The registry numbers that tables have on one of the sides.
    func numbers(of relations: [Relation], at side: Connection) throws -> [Int] {
        try side.relationNumbers(relations.map(\.fullName))
    }
}

extension Connection {
    /// The registry numbers of those of some tables that are replicated; the names as
    /// `Relation.fullName`.
    func relationNumbers(_ names: [String]) throws -> [Int] {
        try query(Self.relationNumbers(names)).map { try $0.int("id") }
    }

    static func relationNumbers(_ names: [String]) -> SQL {
        """
        select r.id
        from replication.relation as r
            join pg_class as c on c.oid = r.relid
            join pg_namespace as n on n.oid = c.relnamespace
        where format('%I.%I', n.nspname, c.relname) = any (\(names))
        """
    }
}
