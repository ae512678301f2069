import Postgres

/// How the large objects of one table are compared on two neighbours, as statements. A's rows come to
/// B, into a temporary table; keys are k1, k2, ... and objects o1, o2, ... in it, so that no name of a
/// user's can meet one of ours.
struct TableComparison {
    /// The table on either side, with the columns that both have.
    let a: Relation
    let b: Relation
    /// The numbers of the two nodes.
    let numberA: Int
    let numberB: Int
    /// How much of A's log B has applied, and the other way round.
    let appliedByB: Watermark
    let appliedByA: Watermark
    /// How many percent of the rows are looked at; nil: all.
    var percent: Double?

    /// The columns with large objects, as either side knows them.
    var objects: [String] {
        b.columns.filter { column in
            column.holdsObjects || a.columns.contains { $0.name == column.name && $0.holdsObjects }
        }.map(\.name)
    }

    private var id: SQL { SQL(raw: String(b.id)) }
    /// What each side shows the other.
    private var rowsOfA: SQL { a.rows(for: numberB) }
    private var rowsOfB: SQL { b.rows(for: numberA) }
    /// A's rows, on B.
    private var rows: SQL { "pg_temp.compared_\(id)" }
    /// Keys that one side is asked for.
    private var asked: SQL { "pg_temp.asked_\(id)" }

    private var keys: [String] { b.key.indices.map { "k\($0 + 1)" } }
    private var places: [String] { objects.indices.map { "o\($0 + 1)" } }
    private func keys(_ alias: String) -> SQL {
        SQL(raw: keys.map { "\(alias).\($0)" }.joined(separator: ", "))
    }

    private func definitions(_ relation: Relation) -> String {
        zip(keys, relation.key).map { place, key in
            "\(place) \(relation.keyType(key.name))"
        }.joined(separator: ", ")
    }

    /// A row of the table has the key that stands in a temporary table, or in a log.
    private func sameKey(_ row: String, _ other: String, of relation: Relation) -> SQL {
        zip(keys, relation.key).map { place, key -> SQL in
            "\(raw: row).\(id: key.name) \(raw: key.equals) \(raw: other).\(raw: place)"
        }.joined(separator: " and ")
    }

    private func sameKeys(_ one: String, _ other: String) -> SQL {
        zip(keys, b.key).map { place, key -> SQL in
            "\(raw: one).\(raw: place) \(raw: key.equals) \(raw: other).\(raw: place)"
        }.joined(separator: " and ")
    }

    /// The number of the object that a column of a row `t` names; NULL where it can be none.
    private func number(_ column: String) -> SQL {
        "replication.object_number((t.\(id: column))::bigint)"
    }

    private var namesObjects: SQL {
        "(\(objects.map { "\(number($0)) is not null" as SQL }.joined(separator: " or ")))"
    }

    /// Whether a row is looked at: drawn by its key, so that both sides draw the same.
    private func isDrawn(of side: Relation) -> SQL {
        guard let percent, percent < 100 else { return "" }
        let keys = side.key.map(\.name).sorted().map { "t.\(id: $0)" as SQL }
        return """
            and (hashtextextended(row(\(keys.joined(separator: ", ")))::text collate "C", 0) & 65535)
                < \(raw: String(Int((percent * 655.36).rounded(.up))))
            """
    }

    /// The keys of one side that the next sync will see to.
    private func pending(_ side: Relation, applied: Watermark, neighbour: Int) -> SQL {
        let keys = side.pendingKeys(for: neighbour, applied: applied, side.key.map(\.name))
        return "(select p.*, true as is_pending from \(keys) as p)"
    }
    private var pendingAtA: SQL { pending(a, applied: appliedByB, neighbour: numberB) }
    private var pendingAtB: SQL { pending(b, applied: appliedByA, neighbour: numberA) }
}

// MARK: - A's rows

extension TableComparison {
    var createRows: String {
        let columns = places.map { ", \($0) oid" }.joined()
        return """
            create temporary table \(rows.text) (number bigint generated always as identity,
                \(definitions(b))\(columns), waits boolean not null) on commit drop
            """
    }

    /// The rows that name an object on A.
    var copyRows: SQL { copyOut(from: rowsOfA, where: "where \(namesObjects) \(isDrawn(of: a))") }

    /// The rows of A's that name none, although B's do.
    var copyAskedRows: SQL {
        copyOut(from: "\(asked) as s join \(rowsOfA)", on: "on \(sameKey("t", "s", of: a))")
    }

    private func copyOut(from rows: SQL, on: SQL = "", where condition: SQL = "") -> SQL {
        let keys = a.key.map { "t.\(id: $0.name)" as SQL }
        return """
            copy (
                select \((keys + objects.map(number)).joined(separator: ", ")), l.is_pending is true
                from \(rows) as t \(on)
                    left join \(pendingAtA) as l on \(sameKey("t", "l", of: a))
                \(condition)
            ) to stdout
            """
    }

    var copyRowsIn: SQL {
        "copy \(rows) (\(raw: (keys + places).joined(separator: ", ")), waits) from stdin"
    }

    var analyzeRows: SQL { "analyze \(rows)" }

    /// The keys of B's rows that name an object and are not among A's that do.
    private var keysOfBAlone: SQL {
        """
        select \(b.key.map { "t.\(id: $0.name)" as SQL }.joined(separator: ", "))
        from \(rowsOfB) as t
        where \(namesObjects)
            \(isDrawn(of: b))
            and not exists (select from \(rows) as s where \(sameKey("t", "s", of: b)))
        """
    }
    var hasKeysOfBAlone: SQL { "select exists (\(keysOfBAlone)) as yes" }
    var copyKeysOfBAlone: SQL { "copy (\(keysOfBAlone)) to stdout" }

    var createAsked: String {
        "create temporary table \(asked.text) (\(definitions(a))) on commit drop"
    }
    var copyAskedIn: SQL { "copy \(asked) from stdin" }
}

// MARK: - Pairs

extension TableComparison {
    /// Pairs each object of A's with that which B's row of the same key has, in the same column.
    var notePairs: SQL {
        let values = zip(objects, places).enumerated().map { number, pair -> SQL in
            "(\(raw: String(number + 1)), s.\(raw: pair.1), \(self.number(pair.0)))"
        }
        return """
            insert into pg_temp.compared (relation, row, place, here, there, is_pending)
            select \(id), s.number, o.place, coalesce(o.here, 0), coalesce(o.there, 0),
                s.waits or l.is_pending is true
            from \(rows) as s
                left join \(rowsOfB) as t on \(sameKey("t", "s", of: b))
                left join \(pendingAtB) as l on \(sameKeys("s", "l"))
                cross join lateral (values \(values.joined(separator: ", "))) as o (place, here, there)
            where (t.tableoid is not null or s.waits or l.is_pending)
                and (o.here is not null or o.there is not null)
            """
    }

    /// Notes the objects of B's pending rows that A does not have.
    var notePendingOfB: SQL {
        let numbers = zip(objects, places).map { column, place -> SQL in
            "\(number(column)) as \(raw: place)"
        }
        let values = places.enumerated().map { SQL(raw: "(\($0.offset + 1), w.\($0.element))") }
        return """
            insert into pg_temp.compared (relation, row, place, here, there, is_pending)
            select \(id), -w.number, o.place, 0, o.there, true
            from (
                select row_number() over () as number, \(numbers.joined(separator: ", "))
                from \(pendingAtB) as l
                    join \(rowsOfB) as t on \(sameKey("t", "l", of: b))
                where \(namesObjects)
                    and not exists (select from \(rows) as s where \(sameKey("t", "s", of: b)))
            ) as w
                cross join lateral (values \(values.joined(separator: ", "))) as o (place, there)
            where o.there is not null
            """
    }

    /// The first of what differs.
    func differences(limit: Int) -> SQL {
        let key = zip(keys, b.key).map { place, key -> SQL in
            "s.\(raw: place) as \(id: key.name)"
        }.joined(separator: ", ")
        let names = objects.enumerated().map { place, name -> SQL in
            "when \(raw: String(place + 1)) then \(literal: name)"
        }.joined(separator: " ")
        return """
            select (select row_to_json(x.*) from (select \(key)) as x)::text as key,
                case d.place \(names) end as column_name,
                d.here <> 0 as is_here, d.size_here, d.there <> 0 as is_there, d.size_there
            from pg_temp.compared_difference as d
                join \(rows) as s on s.number = d.row
            where d.relation = \(id)
            order by d.row, d.place
            limit \(limit)
            """
    }
}

// MARK: - Repair

extension TableComparison {
    private var keysToRepair: SQL {
        """
        select \(keys("s"))
        from \(rows) as s
            join pg_temp.compared_repair as r on r.row = s.number
        where r.relation = \(id)
        """
    }
    var copyKeysToRepair: SQL { "copy (\(keysToRepair)) to stdout" }

    /// Logs the rows on one side, A's by the keys that have reached it: as if they had just been changed
    /// there, or as rivals that lose to the other side's, whatever the policy. So what they name there
    /// stands in the history of conflicts.
    func log(at end: Edge.End, wins: Bool) -> SQL {
        let (side, neighbour) = end == .a ? (a, numberB) : (b, numberA)
        let origin = end == .a ? numberA : numberB
        let version: SQL =
            wins
            ? "(select replication.now()), \(raw: String(origin)), null::int"
            : "'-infinity', \(raw: String(TableWork.nobody)), \(raw: String(-neighbour))"
        let source: SQL = end == .a ? "select * from \(asked)" : keysToRepair
        return """
            insert into \(side.log) (xid, changed_at, origin, via, action,
                \(raw: keys.joined(separator: ", ")))
            select (select pg_current_xact_id()::text::bigint), \(version), 'U', \(keys("r"))
            from (\(source)) as r
            """
    }
    var emptyAsked: String { "truncate \(asked.text)" }
    var hasAsked: SQL { "select to_regclass(\(literal: asked.text)) is not null as yes" }
}
