import Postgres

/// The rows of a file: of this schema's own tables what a direction reads at its source, of the logs what
/// the target is not known to have, and of the users' tables what these entries name.
struct Contents {
    let export: Export
    let header: ExportHeader
    let writer: ExportWriter

    var source: Connection { export.source }
    var target: Int { header.to.number }

    /// A table of which rows are sent; their places stand in `rows`, a temporary table.
    struct Sent {
        let relation: Relation
        var rows: SQL { "pg_temp.sent_\(raw: String(relation.id))" }
    }

    /// Writes all of it, in an order in which it can be read.
    func write(_ report: inout Export.Report) throws {
        guard let since = Watermark(header.since) else {
            throw PostgresError("no watermark: \(header.since)", database: source.label)
        }
        let truncated = try truncatedTables(since)
        let pending = try source.query(
            "select relation from replication.pending(\(since.text)::pg_snapshot, \(target)::int)"
                + " where sendable"
        ).map { try $0.int("relation") }
        let named = Set(pending).union(truncated)
        let relations = Dictionary(
            uniqueKeysWithValues: try Relation.load(
                source, ids: source.allRelations(for: target)
            ).map { ($0.id, $0) })
        try writeFacts()
        var sent: [Int: Sent] = [:]
        for id in named.sorted() {
            guard let relation = relations[id] else { continue }
            let condition: SQL = """
                \(since.unseen("l"))
                    \(truncated.contains(id) ? "" : "and \(isForTarget)" as SQL)
                """
            try writeLog(relation, where: condition)
            if Self.wholeTables.contains(relation.table), relation.isSystem { continue }
            let one = try begin(relation)
            sent[id] = one
            try note(one, entries: condition)
            if !relation.isSystem {
                report.tables[relation.fullName] = try countKeys(relation, condition)
            }
        }
        try addParents(&sent, relations)
        report.objects = try writeObjects(sent.values.map { $0 })
        for (_, one) in sent.sorted(by: { $0.key < $1.key }) {
            try source.execute("analyze \(one.rows)")
            let relation = one.relation
            // What a filter keeps back is in the stand-in as where nobody gives it a value.
            let hidden = relation.hiddenNames(from: target)
            let columns = relation.columns.filter {
                !$0.isGenerated && !hidden.contains($0.name)
            }
            let list = columns.map { relation.shown($0, of: "t", to: target) }
                .joined(separator: ", ")
            try write(
                [relation.schema, relation.table], columns.map(\.name),
                isUsers: !relation.isSystem,
                """
                select \(list)
                from \(one.rows) as s
                    join \(relation.rows) as t on t.ctid = s.place and t.tableoid = s.tab
                """)
        }
    }

    var isForTarget: SQL { "replication.is_for(l.via, \(raw: String(target)))" }

    /// Of these, what comes with them stands in the file whole.
    private static let wholeTables = ["member", "edge", "policy"]

    // MARK: - Rows

    private func begin(_ relation: Relation) throws -> Sent {
        let sent = Sent(relation: relation)
        try source.script(
            """
            create temporary table \(sent.rows.text) (
                tab oid, place tid, round int not null, primary key (tab, place)
            ) on commit drop
            """)
        return sent
    }

    /// The rows that entries name, as far as the target may see them.
    private func note(_ sent: Sent, entries condition: SQL) throws {
        let relation = sent.relation
        let keys = relation.key.indices.map { SQL(raw: "l.k\($0 + 1)") }.joined(separator: ", ")
        let same = relation.key.enumerated().map { number, key -> SQL in
            "t.\(id: key.name) \(raw: key.equals) l.k\(raw: String(number + 1))"
        }.joined(separator: " and ")
        try source.execute(
            """
            insert into \(sent.rows) (tab, place, round)
            select t.tableoid, t.ctid, 0
            from (select distinct \(keys) from \(relation.log) as l where \(condition)) as l
                join \(relation.rows) as t on \(same)
            where \(relation.isShown("t", to: target))
            on conflict do nothing
            """)
    }

    /// The rows that those refer to, and so on: the target may have deleted them.
    private func addParents(_ sent: inout [Int: Sent], _ relations: [Int: Relation]) throws {
        var round = 0
        var isComplete = false
        while !isComplete {
            isComplete = true
            let keys = try ForeignKey.all(source, touching: sent.keys.sorted())
            for key in keys {
                guard let child = key.childRelation.flatMap({ sent[$0] }),
                    let number = key.parentRelation, let relation = relations[number],
                    key.pairs.allSatisfy({ pair in
                        !child.relation.hiddenNames(from: target).contains(pair.child)
                    })
                else { continue }
                let parent = try sent[number] ?? begin(relation)
                sent[number] = parent
                let added = try source.execute(
                    """
                    insert into \(parent.rows) (tab, place, round)
                    select p.tableoid, p.ctid, \(raw: String(round + 1))
                    from \(child.rows) as s
                        join \(raw: key.childRows) as c on c.ctid = s.place and c.tableoid = s.tab
                        join \(raw: key.parentRows) as p on \(key.refers("c", to: "p"))
                    where s.round >= \(raw: String(round))
                        and \(relation.isShown("p", to: target))
                    on conflict do nothing
                    """)
                if added > 0 { isComplete = false }
            }
            round += 1
        }
    }

    // MARK: - Writing

    func write(
        _ table: [String], _ columns: [String], isUsers: Bool, isBinary: Bool = false,
        _ query: SQL
    ) throws {
        try writer.write(
            ExportedTable(
                schema: table[0], name: table[1], columns: columns, isBinary: isBinary,
                isUsers: isUsers))
        var count = 0
        try source.copyOut(
            "copy (\(query)) to stdout \(isBinary ? "with (format binary)" : "" as SQL)"
        ) { row in
            try writer.write(rows: row)
            count += 1
            if count.isMultiple(of: 1024), isUsers {
                export.onProgress(.staging(table: table.joined(separator: "."), rows: count))
            }
        }
        try writer.endTable()
    }
}
