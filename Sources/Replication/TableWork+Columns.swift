import Postgres

/// The policy "columns": of a row that both sides changed, each side's columns stand. Only a column
/// that both changed, to different values, is a conflict; the newer row's value stands then.
///
/// Which columns a side changed is a string of bits, one for each column that is sent, in the order
/// in which they are sent; null stands for all of them. In the logs the bits have the order of the
/// table's own columns, which differs from node to node.
///
/// Where each side keeps something, the row made of both takes the place of the staged one. Its
/// entry names only the columns that came from the source, under the source's version, and the
/// target's own entries keep only those that the target has kept. So nobody is told of a change that
/// he has seen, or has made himself: told again, it would be a rival of what he wrote since.
extension TableWork {
    /// Over a new edge nobody knows what changed: all is decided row by row.
    /// So it is where one side sees a part of the rows: a row that it did not see has no changes of columns.
    var isByColumns: Bool {
        policy == .columns && !terms.isFirst && !terms.isReturn && !hasFilter
    }

    /// Whether rows may be made of both sides' columns, which neither side has had.
    var mayMakeRows: Bool { isByColumns && mayCombine }

    /// Whether the target's log can say it.
    var isNotingColumns: Bool { isByColumns && target.logsColumns }

    // MARK: - What the source sends

    /// `changed` is what the source changed; `base` is, of a row made of two, the staged one.
    var columnsOfStage: String { isByColumns ? ", changed varbit, base tid" : "" }

    /// In the sub-select of `copyOut`: all columns that the entries of a key name. After a TRUNCATE
    /// there may be entries among them that came from the target, and of a key that is asked for
    /// again there are entries that it has had.
    func loggedColumns(_ keys: SQL) -> SQL {
        guard isByColumns else { return "" }
        guard source.logsColumns, !isTruncated, owed == nil else {
            return ", null::varbit as columns"
        }
        return """
            ,
                        case
                            when bool_or(l.columns is null) over (partition by \(keys)) then null
                            else bit_or(\(padded("l.columns", source))) over (partition by \(keys))
                        end as columns
            """
    }

    /// The same for a row that is sent for another reason than its entries.
    var unknownColumns: SQL {
        (isByColumns ? ", null::varbit" : "") + (tellsMaking ? ", null::boolean" : "")
    }

    /// The same among the columns that are sent.
    var changedColumns: SQL {
        isByColumns ? ", \(bits("l.columns", of: source))" : ""
    }

    /// Bits as a log has them, whatever columns the table had then, in the length that they have
    /// now.
    func padded(_ bits: SQL, _ relation: Relation) -> SQL {
        "(\(bits))::bit(\(raw: String(relation.columns.map(\.number).max() ?? 1)))"
    }

    /// From the order of a node's table to the order of what is sent.
    func bits(_ logged: SQL, of relation: Relation) -> SQL {
        let numbers = Dictionary(
            relation.columns.map { ($0.name, $0.number) }, uniquingKeysWith: { first, _ in first })
        return places.map { _, column -> SQL in
            let number = numbers[column.name] ?? 1
            return "substring(\(padded(logged, relation)) from \(raw: String(number)) for 1)"
        }.joined(separator: " || ") + "::varbit"
    }

    /// From the order of what is sent to the order of the target's table.
    private func logged(_ sent: SQL) -> SQL {
        let order = Dictionary(
            target.columns.enumerated().map { ($0.element.number, $0.offset + 1) },
            uniquingKeysWith: { first, _ in first })
        return (1...(order.keys.max() ?? 1)).map { number -> SQL in
            guard let place = order[number] else { return "B'0'" }
            return "substring(\(sent) from \(raw: String(place)) for 1)"
        }.joined(separator: " || ")
    }

    // MARK: - Records

    /// True for a decision whose staged row is made of both sides' rows.
    var isCombined: SQL { isByColumns ? "(s.base is not null)" : "false" }

    /// How many rows were made of both sides' columns, and how many of them in a conflict.
    var countCombined: SQL? {
        guard isByColumns else { return nil }
        return """
            select count(*) filter (where not d.contested) as peaceful,
                count(*) filter (where d.contested) as contested
            from \(decision) as d
                join \(stage) as s on s.ctid = d.staged
            where s.base is not null
            """
    }

    /// The entry of what was taken over names the columns that came from the source; a row that was
    /// inserted or deleted is new in all of them.
    var takenBits: SQL {
        guard isNotingColumns else { return "" }
        return """
            ,
            case
                when d.verdict in ('U', 'R', '=') then
                    \(logged("coalesce(d.won, s.changed)"))
            end
            """
    }

    /// What the target's own entry keeps when the source has won some columns of it.
    private var kept: SQL {
        let every = target.columns.map(\.number)
        let ones = (1...(every.max() ?? 1)).map { every.contains($0) ? "1" : "0" }.joined()
        let lost: SQL = "(\(logged("coalesce(d.won, s.changed)")))"
        return "coalesce(\(padded("l.columns", target)), B'\(raw: ones)') & ~ \(lost)"
    }

    /// True for an own entry that the source's change has taken the place of altogether.
    var isLostWhole: SQL {
        guard isByColumns else { return "true" }
        guard target.logsColumns else { return "s.base is null" }
        return """
            (
                d.verdict not in ('U', 'R', '=')
                or coalesce(d.won, s.changed) is null
                or position(B'1' in \(kept)) = 0
            )
            """
    }

    /// Leaves the target's own entries the columns that the source has not won.
    var supersedeColumns: SQL? {
        guard isNotingColumns else { return nil }
        return """
            update \(target.log) as l
            set columns = \(kept)
            from \(own) as o
                join \(decision) as d on d.staged = o.staged
                join \(stage) as s on s.ctid = d.staged
            where l.ctid = o.entry
                and l.xid = o.xid
                and d.verdict in ('U', 'R', '=')
                and not (d.verdict = '=' and not isfinite(s.changed_at))
                and coalesce(d.won, s.changed) is not null
                and position(B'1' in \(kept)) > 0
            """
    }

    /// A row made of both stands under the newer side's name; the older side has lost, as far as
    /// both changed one column.
    var combinedConflicts: SQL {
        guard isByColumns else { return "" }
        return """

                    select s.origin, s.changed_at, \(jsonOfStage("s")), \(textsOfStage("s")),
                        d.own_origin, d.own_changed_at, d.mine, d.mine_texts
                    where \(isCombined) and \(isTheirsNewer)
                    union all
                    select d.own_origin, d.own_changed_at, \(jsonOfStage("s")), \(textsOfStage("s")),
                        s.origin, s.changed_at, d.theirs, d.theirs_texts
                    where \(isCombined) and not \(isTheirsNewer)
                    union all
            """
    }
}
