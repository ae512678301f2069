import Postgres

/// The statements about columns that a filter keeps back: they are sent in neither direction, and stay in
/// the target's rows as they are.
extension TableWork {
    /// Whether the history of conflicts loses something on its way over this edge.
    var isShortened: Bool {
        source.shortened.contains(terms.target) || target.shortened.contains(terms.source)
    }

    /// Whether the target is the home of columns that the source does not see.
    var keepsColumns: Bool {
        !target.hidden.isEmpty && target.filters[terms.source]?.isHome ?? false
    }

    // MARK: - Losers

    /// A row that lost against a delete on the side that does not see all of it stands in the history as it
    /// was seen there. Before it goes here, the history gets the rest: of the very version that lost. Run
    /// before the deletes of a round.
    var completeLosers: SQL? {
        guard keepsColumns else { return nil }
        return """
            with completed as (
                update replication.conflict as c
                set loser = \(jsonOfRow("t")), loser_texts = \(textsOfRow("t"))
                from \(decision) as d
                    join \(stage) as s on s.ctid = d.staged
                    join \(target.rows) as t on \(isAsSeen)
                where d.verdict = 'D'
                    and c.tablename = \(target.fullName)
                    and c.key::jsonb = \(jsonOfKey("s"))::jsonb
                    and not c.loser::jsonb ?& \(target.hidden.map(\.name))::text[]
                    and (c.loser_changed_at, c.loser_origin) = (
                        select l.changed_at, l.origin
                        from \(target.log) as l
                        where \(sameKeyInTargetLog)
                        order by l.changed_at desc, l.origin desc
                        limit 1
                    )
                returning c.id
            )
            select replication.log_history(array_agg(id), \(raw: String(terms.source)))
            from completed
            """
    }

    // MARK: - Rows that are deleted and inserted again

    private var aside: SQL { SQL(raw: "pg_temp.aside_\(target.id)") }

    private var hiddenPlaces: [(place: String, column: Relation.Column)] {
        target.hidden.enumerated().map { ("h\($0.offset + 1)", $0.element) }
    }

    /// Makes the table for their values.
    var createAside: String {
        guard !target.hidden.isEmpty else { return "" }
        let columns = hiddenPlaces.map(definition).joined(separator: ", ")
        return "create temporary table \(aside.text) (staged tid, \(columns)) on commit drop;"
    }

    /// A DELETE of rows `t` by decisions `d` that keeps those values.
    func puttingAside(_ delete: SQL) -> SQL {
        guard !target.hidden.isEmpty else { return delete }
        return """
            with gone as (
                \(delete)
                returning d.staged, \(hiddenColumns("t"))
            )
            insert into \(aside)
            select *
            from gone
            """
    }

    /// For the INSERT: the names of the columns, and where their values stand.
    var hiddenNames: SQL {
        target.hidden.map { ", \(id: $0.name)" as SQL }.joined(separator: "")
    }

    var valuesPutAside: SQL {
        hiddenPlaces.map { SQL(raw: ", a.\($0.place)") }.joined(separator: "")
    }

    var joinAside: SQL { target.hidden.isEmpty ? "" : "join \(aside) as a on a.staged = d.staged" }

    private func hiddenColumns(_ row: String) -> SQL {
        target.hidden.map { "\(raw: row).\(id: $0.name)" as SQL }.joined(separator: ", ")
    }

    // MARK: - Claims

    /// What the row that a staged one becomes will have in such columns, as it has it now; a new one
    /// claims nothing with them. More columns of a SELECT.
    func hiddenValues(_ stage: String) -> SQL {
        target.hidden.map { column -> SQL in
            """
            , (
                        select own_row.\(id: column.name)
                        from \(target.rows) as own_row
                        where \(sameKey(stage, "own_row"))
                    ) as \(id: column.name)
            """
        }.joined(separator: "")
    }

    // MARK: - A longer list

    /// Gives the rows of the filtered side what it has not got of them so far, whatever else has become of
    /// them there, and logs that for the nodes behind it. The stage has all rows of the home.
    func fill(_ columns: Set<String>) -> SQL {
        let filled = places.filter { columns.contains($0.column.name) && !$0.column.isGenerated }
        let assignments = filled.map { "\(id: $0.column.name) = s.\(raw: $0.place)" as SQL }
        let old = filled.map { "t.\(id: $0.column.name)" as SQL }.joined(separator: ", ")
        let new = filled.map { SQL(raw: "s.\($0.place)") }.joined(separator: ", ")
        return """
            with filled as (
                update \(target.rows) as t
                set \(assignments.joined(separator: ", "))
                from \(stage) as s
                where \(sameKey("s", "t"))
                    and s.present
                    and record_image_ne(row(\(old)), row(\(new)))
                returning \(stagedKey)
            )
            insert into \(target.log) \(logColumns)
            select \(xid), replication.now(), \(raw: String(terms.source)),
                \(raw: String(terms.source)), 'U', f.*
            from filled as f
            """
    }
}

extension Filter {
    /// Of the history of conflicts: the neighbours to which its rows go in part, as a column of a query. From
    /// the filtered side, too: what it has in other columns is not what the home has lost.
    static let shortened: SQL = """
        array(
                select distinct f.neighbour::text
                from replication.filter as f
                where f.columns is not null
                    and r.relid = 'replication.conflict'::regclass
            ) as shortened
        """
}

extension Relation {
    /// The history of conflicts as a neighbour may see it that does not see all columns.
    func shortenedHistory(for neighbour: Int) -> SQL {
        let columns = columns.map { column -> SQL in
            "\(shown(column, of: "x", to: neighbour)) as \(id: column.name)"
        }
        return "(select x.tableoid, \(columns.joined(separator: ", ")) from \(rows) as x)"
    }

    /// What a neighbour may see of the value of a column that crosses the edge to it.
    func shown(_ column: Column, of row: String, to neighbour: Int) -> SQL {
        let value: SQL = "\(raw: row).\(id: column.name)"
        let versions: Set = ["winner", "loser", "winner_texts", "loser_texts"]
        guard shortened.contains(neighbour), versions.contains(column.name) else { return value }
        return "replication.shown_part(\(value), \(raw: row).tablename, \(raw: String(neighbour)))"
    }
}
