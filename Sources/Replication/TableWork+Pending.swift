import Postgres

/// What is read at the source: what the target is to hear of, each key once.
extension TableWork {
    /// What the source sends: the newest pending entry of each key with the row as it stands, which
    /// is absent where it was deleted; in the first direction every row, and every logged delete.
    var copyOut: SQL {
        guard terms.isFirst else { return pendingRows(where: []) }
        return allRows(entries: pendingAtSource.map { "where \($0)" } ?? "")
    }

    /// What is sent of a row `t`, and of an entry `l` where there is no row.
    private var sentColumns: SQL {
        target.columns.map { column -> SQL in
            guard let number = source.key.firstIndex(where: { $0.name == column.name }) else {
                return "t.\(id: column.name)"
            }
            return "coalesce(t.\(id: column.name), l.k\(raw: String(number + 1)))"
        }.joined(separator: ", ")
    }

    /// The key columns of the source as an entry of a log has them.
    func sourceKeys(_ alias: String) -> SQL {
        source.key.indices.map { SQL(raw: "\(alias).k\($0 + 1)") }.joined(separator: ", ")
    }

    /// A row of the source is the one that an entry names.
    func sourceRow(_ row: String, is entry: String) -> SQL {
        source.key.enumerated().map { number, key -> SQL in
            "\(raw: row).\(id: key.name) \(raw: key.equals) \(raw: entry).k\(raw: String(number + 1))"
        }.joined(separator: " and ")
    }

    /// The newest pending entries `l`, and their rows, and what is owed. Conditions are about the key
    /// of `l`, and hold back nothing that is owed.
    ///
    /// - Parameter marks: by name, columns of `l` that say whether the key has an entry, whomever it is for,
    ///   that a snapshot does not show. Found in one pass, with no join: of a log that has just grown the
    ///   planner believes that there is next to nothing in it, and would read it once for each key.
    func pendingRows(
        where conditions: [SQL], marks: [(name: String, since: Watermark)] = [], order: SQL = ""
    ) -> SQL {
        let keys = sourceKeys("l")
        return """
            copy (
                select l.changed_at, l.origin, \(isEcho), \(blind), t.tableoid is not null,
                    \(sentColumns)\(changedColumns)\(tellsMaking ? ", l.made_there" as SQL : "")
                from (
                    select distinct on (\(keys)) \(keys), l.changed_at, l.origin,
                        \(echo(keys))\(loggedColumns(keys))\(loggedMaking(keys))
                    from \(entries(where: conditions, marks))
                    order by \(keys), l.changed_at desc, l.origin desc
                ) as l
                    left join \(sourceRows) as t on \(sourceRow("t", is: "l"))
                \(order)
            ) to stdout \(format)
            """
    }

    /// The entries that say which keys are sent.
    private func entries(
        where conditions: [SQL], _ marks: [(name: String, since: Watermark)]
    ) -> SQL {
        let all = (pendingAtSource.map { [$0] } ?? []) + conditions
        let restriction: SQL = all.isEmpty ? "" : "where \(all.joined(separator: " and "))"
        let log: SQL = marks.isEmpty ? source.log : marked(marks)
        guard !terms.isFirst, let owed else { return "\(log) as l \(restriction)" }
        return """
            (
                        select \(sourceKeys("l")), l.changed_at, l.origin, l.via\(loggedAction)
                        from \(log) as l
                        \(restriction)
                        union all
                        \(owedEntries(owed))
                    ) as l
            """
    }

    /// The entries that the target has not seen, with the marks.
    private func marked(_ marks: [(name: String, since: Watermark)]) -> SQL {
        let columns = marks.map { name, since -> SQL in
            "bool_or(\(since.unseen("l"))) over (partition by \(sourceKeys("l"))) as \(raw: name)"
        }
        let unseen: SQL = terms.isFirst ? "" : "where \(terms.received.unseen("l"))"
        return "(select l.*, \(columns.joined(separator: ", ")) from \(source.log) as l \(unseen))"
    }

    /// All rows `t`, and the newest entries `l`. `entries` and `rows` restrict them before they are
    /// joined, `condition` behind.
    func allRows(
        entries: SQL = "", rows: SQL? = nil, where condition: SQL = "", order: SQL = ""
    ) -> SQL {
        let keys = sourceKeys("l")
        return """
            copy (
                select coalesce(l.changed_at, '-infinity'::timestamptz),
                    coalesce(l.origin, \(raw: String(terms.isReturn ? Self.nobody : terms.source))),
                    false, false,
                    t.tableoid is not null, \(sentColumns)
                from (
                    select distinct on (\(keys)) \(keys), l.changed_at, l.origin
                    from \(source.log) as l
                    \(entries)
                    order by \(keys), l.changed_at desc, l.origin desc
                ) as l
                    full join \(rows ?? sourceRows) as t on \(sourceRow("t", is: "l"))
                \(condition)
                \(order)
            ) to stdout \(format)
            """
    }

    /// Entries that came from the target itself need not go back, unless the source was truncated
    /// since: then they say which rows the TRUNCATE must leave alone. In the first direction all are
    /// pending.
    var pendingAtSource: SQL? {
        if terms.isReturn {
            return """
                replication.is_for(l.via, \(raw: String(terms.target)))
                    and (l.via > 0 or isfinite(l.changed_at))
                """
        }
        if terms.isFirst { return nil }
        let unseen = terms.received.unseen("l")
        return isTruncated
            ? unseen : "\(unseen) and replication.is_for(l.via, \(raw: String(terms.target)))"
    }

    /// A row that a filter hides is none, whoever made it: what waits is that it leaves the target.
    private var isEcho: SQL {
        guard isFiltered, owed != nil, !terms.isFirst, !isTruncated else { return "l.echo" }
        return """
            l.echo and (t.tableoid is not null or not exists (
                        select
                        from \(source.rows) as x
                        where \(sourceRow("x", is: "l"))
                    ))
            """
    }

    private func echo(_ keys: SQL) -> SQL {
        guard isTruncated else {
            return owed == nil || terms.isFirst
                ? "false as echo"
                : "coalesce(l.via = \(raw: String(terms.target)), false) as echo"
        }
        return """
            bool_and(not replication.is_for(l.via, \(raw: String(terms.target)))) \
            over (partition by \(keys)) as echo
            """
    }
}
