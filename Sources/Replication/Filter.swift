import Postgres

/// What a neighbour gets of a table where it is not all of it, as one of the two sides has it.
///
/// The home of a filter has the whole table, and chooses the rows that it sends. What the other side
/// knows nothing of cannot be its to change: a row outside the filter is not deleted because the other
/// side has no row under that key, and a row which it makes under such a key is a rival of that one.
/// Columns that are kept back cross the edge in neither direction, as if the table did not have them.
struct Filter: Sendable, Hashable {
    /// The same on both sides.
    let id: String
    /// Whether this side has the whole table.
    let isHome: Bool
    /// Whether the table does not cross the edge at all.
    let isExcluded: Bool
    /// What stands in the condition where the row has its name.
    private let token: String
    /// What rows must meet; nil where there is no condition, or a column of it is gone.
    private let condition: String?
    /// The numbers of the columns that are kept back.
    let hidden: Set<Int>

    private static let noToken = "-"

    /// Whether there is a condition on rows.
    var choosesRows: Bool { token != Self.noToken }

    /// Whether it is none any more: a column that it names was dropped.
    var isBroken: Bool { choosesRows && condition == nil }

    /// The condition on a row.
    func condition(_ row: String) -> SQL {
        guard choosesRows || isExcluded else { return "true" }
        guard !isExcluded, let condition else { return "false" }
        let parts = condition.split(separator: token, omittingEmptySubsequences: false)
        return SQL(raw: "((\(parts.joined(separator: row))) is true)")
    }

    /// All filters of a table `r` of the registry, as a column of a query; read by `all`.
    static let column: SQL = """
        array(
                select format('%s %s %s %s %s %s %s', f.neighbour, f.id, f.is_home, f.is_excluded,
                    coalesce(f.token, \(literal: noToken)),
                    array_to_string(replication.hidden_columns(f.relid, f.columns), ','),
                    replication.filter_condition(f.relid, f.token, f.template, f.token))
                from replication.filter as f
                where f.relid = r.relid
            ) as filters
        """

    /// From that column, by the numbers of the neighbours.
    static func all(_ row: Row) throws -> [Int: Filter] {
        var found: [Int: Filter] = [:]
        for text in try row.strings("filters") {
            let words = text.split(
                separator: " ", maxSplits: 6, omittingEmptySubsequences: false
            ).map(String.init)
            guard words.count == 7, let neighbour = Int(words[0]) else { continue }
            found[neighbour] = Filter(
                id: words[1], isHome: words[2] == "t", isExcluded: words[3] == "t",
                token: words[4], condition: words[6].isEmpty ? nil : words[6],
                hidden: Set(words[5].split(separator: ",").compactMap { Int($0) }))
        }
        return found
    }
}

extension Relation {
    /// The rows that a neighbour may see, as an item of a FROM clause.
    func rows(for neighbour: Int) -> SQL {
        if shortened.contains(neighbour) { return shortenedHistory(for: neighbour) }
        guard isFiltered(for: neighbour) else { return rows }
        return "(select x.tableoid, x.* from \(rows) as x where \(isShown("x", to: neighbour)))"
    }

    /// Whether a row is one that a neighbour may see.
    func isShown(_ row: String, to neighbour: Int) -> SQL {
        guard isFiltered(for: neighbour) else { return "true" }
        return filters[neighbour]?.condition(row) ?? "true"
    }

    /// Whether a neighbour sees a part of its rows.
    func isFiltered(for neighbour: Int) -> Bool {
        filters[neighbour].map { $0.isExcluded || $0.isHome && $0.choosesRows } ?? false
    }
}

extension Connection {
    /// The numbers of all replicated tables that cross the edge to a neighbour.
    func allRelations(for neighbour: Int) throws -> [Int] {
        try query(
            """
            select r.id
            from replication.relation as r
            where not replication.is_excluded(r.id, \(neighbour)::int)
            order by r.id
            """
        ).map { try $0.int("id") }
    }
}

/// The statements about rows of a filter's home that the source does not see.
extension TableWork {
    /// The source's rows as far as the target may see them.
    var sourceRows: SQL { source.rows(for: terms.target) }

    /// The filter by which the target chooses what the source sees.
    private var filter: Filter? {
        target.filters[terms.source].flatMap {
            $0.isHome && !$0.isExcluded && $0.choosesRows ? $0 : nil
        }
    }

    /// Whether there are rows of the target's that the source does not see.
    var isHome: Bool { filter != nil }

    /// Whether the source shows the target a part of its rows.
    var isFiltered: Bool { source.isFiltered(for: terms.target) }

    /// Whether rows are chosen by a filter in either direction.
    var hasFilter: Bool { isHome || isFiltered || source.filters[terms.target] != nil }

    /// Whether a row of the target's is one that the source does not see.
    func isHidden(_ row: String) -> SQL {
        guard let filter else { return "false" }
        return "(\(raw: row).tableoid is not null and not \(filter.condition(row)))"
    }

    /// Only the target's rows, alias `t`, that the source sees.
    var unlessHidden: SQL { isHome ? "and not \(isHidden("t"))" : "" }

    /// The newest version of the target's rows that are met, whoever made it and whoever has seen it: of
    /// one that the source does not see, it has seen none.
    var hiddenVersions: SQL {
        guard isHome else { return "" }
        return """
            , unseen as (
                select distinct on (s.ctid) s.ctid as staged, l.changed_at, l.origin
                from \(target.log) as l
                    join \(stage) as s on \(sameKeyInLog("s", "l"))
                order by s.ctid, l.changed_at desc, l.origin desc
            )
            """
    }

    var joinHiddenVersions: SQL { isHome ? "left join unseen as u on u.staged = s.ctid" : "" }

    /// The target's own version of a row that the source does not see, where it has changed nothing since.
    func hiddenVersion(_ changedAt: SQL, _ origin: SQL) -> SQL {
        guard isHome else { return "\(changedAt) as own_changed_at, \(origin) as own_origin" }
        return """
            coalesce(\(changedAt), case
                    when \(isHidden("t")) then coalesce(u.changed_at, '-infinity')
                end) as own_changed_at,
                case
                    when \(changedAt) is not null then \(origin)
                    else coalesce(nullif(u.origin, \(raw: String(Self.nobody))), \(raw: String(terms.target)))
                end as own_origin
            """
    }

    /// Verdicts about hidden rows.
    var verdictsAboutHidden: SQL {
        guard isHome else { return "" }
        return """
            when m.is_hidden and m.differs and m.origin = \(raw: String(Self.nobody)) then 'K'
            """
    }

    /// Logs for the source alone what it has and must not keep: rows that it made, or that met a row of
    /// the target's which it does not see, and that are outside the filter now. Dated just after what the
    /// source has, so that it takes the place of that everywhere.
    var logLeaving: SQL? {
        guard isHome else { return nil }
        return """
            insert into \(target.log) \(logColumns)
            select \(xid), \(justAfter("s.changed_at")), \(raw: String(terms.target)),
                \(forSourceAlone), 'U', \(stagedKey)
            from \(stage) as s
                join \(decision) as d on d.staged = s.ctid
                join \(target.rows) as t on \(sameKey("s", "t"))
            where s.present
                and not s.echo
                and d.verdict <> 'Q'
                and \(isHidden("t"))
            """
    }
}
