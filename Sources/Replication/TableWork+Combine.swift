import Postgres

/// Decisions by the policy "columns": conflicts of two rows, resolved column by column.
extension TableWork {
    /// A staged row that another one has taken the place of.
    var unlessCombined: SQL {
        isByColumns
            ? "and not exists (select from \(stage) as n where n.base = s.ctid)" : ""
    }

    /// Rows that were made of two in a decision that was withdrawn.
    var forgetWithdrawn: SQL? {
        guard isByColumns else { return nil }
        return """
            delete from \(stage) as n
            where n.base is not null
                and not exists (select from \(decision) as d where d.staged = n.ctid)
            """
    }

    private var all: SQL { "B'\(raw: String(repeating: "1", count: places.count))'" }

    /// Decides, column by column, what was left open. A decision whose row has changed since is
    /// left alone, and withdrawn afterwards.
    ///
    /// The source's value is taken where the source alone changed the column, or, where both did or
    /// neither is known to have done it, where the source's row is newer.
    var combine: [SQL] {
        guard isByColumns, mayCombine else { return [] }
        let images = places.map { place, _ -> SQL in
            """
            case when record_image_ne(row((m.theirs).\(raw: place)), row((m.mine).\(raw: place))) \
            then B'1' else B'0' end
            """
        }.joined(separator: " || ")
        let values = places.enumerated().map { number, item -> SQL in
            """
            case when substring(w.taken from \(raw: String(number + 1)) for 1) = B'1' \
            then (w.theirs).\(raw: item.place) else (w.mine).\(raw: item.place) end
            """
        }.joined(separator: ", ")
        return [
            """
            with own as (
                select o.staged, \(ownColumns) as columns
                from \(decision) as d
                    join \(own) as o on o.staged = d.staged
                    join \(target.log) as l on l.ctid = o.entry and l.xid = o.xid
                where d.verdict = 'F'
                group by o.staged
            ), met as (
                select d.staged, s.changed_at, s.origin, s.blind, \(isTheirsNewer) as is_newer,
                    coalesce(s.changed, \(all)) as by_source,
                    case when s.blind then \(all)
                        else coalesce(\(bits("o.columns", of: target)), \(all)) end as by_target,
                    \(imageOfStage("s")) as theirs, \(imageOfRow("t")) as mine
                from \(decision) as d
                    join \(stage) as s on s.ctid = d.staged
                    join \(target.rows) as t on t.ctid = d.found
                        and t.xmin = d.found_xmin
                        and t.tableoid = d.found_table
                    left join own as o on o.staged = d.staged
                where d.verdict = 'F'
                offset 0
            ), compared as (
                select m.*, \(images) as differing,
                    case
                        when m.is_newer then m.by_source | ~ m.by_target
                        else m.by_source & ~ m.by_target
                    end as preferred
                from met as m
                offset 0
            ), weighed as materialized (
                select c.*, c.preferred & c.differing as taken,
                    c.preferred & (c.by_source | c.differing) as won,
                    position(B'1' in c.differing & ~ (c.by_source # c.by_target)) > 0 as clashes
                from compared as c
            ), combined as (
                insert into \(stage) (changed_at, origin, echo, blind, present, changed, base,
                    \(placeNames))
                select w.changed_at, w.origin, false, w.blind, true, w.won, w.staged, \(values)
                from weighed as w
                where w.taken <> w.differing
                    and position(B'1' in w.taken) > 0
                returning ctid, base
            )
            update \(decision) as d
            set staged = coalesce(n.ctid, d.staged),
                verdict = case
                    when position(B'1' in w.taken) = 0 then 'K'
                    when position(B'1' in w.taken & \(always)) > 0 then 'R'
                    else 'U'
                end,
                contested = w.clashes,
                won = w.won,
                mine = case when w.clashes then \(jsonOfImage("w.mine")) end,
                theirs = case when w.clashes then \(jsonOfImage("w.theirs")) end
            from weighed as w
                left join combined as n on n.base = w.staged
            where d.staged = w.staged
            """,
            """
            update \(own) as o
            set staged = n.ctid
            from \(stage) as n
            where n.base = o.staged
            """,
        ]
    }

    private var placeNames: SQL { SQL(raw: places.map(\.place).joined(separator: ", ")) }

    /// The columns that an UPDATE cannot set.
    private var always: SQL {
        "B'\(raw: places.map { $0.column.isAlways ? "1" : "0" }.joined())'"
    }

    private var ownColumns: SQL {
        guard target.logsColumns else { return "null::varbit" }
        return """
            case
                        when bool_or(l.columns is null) then null
                        else bit_or(\(padded("l.columns", target)))
                    end
            """
    }

    private func jsonOfImage(_ image: String) -> SQL {
        let columns = places.map { place, column -> SQL in
            "(\(raw: image)).\(raw: place) as \(id: column.name)"
        }
        return "(select row_to_json(x.*) from (select \(columns.joined(separator: ", "))) as x)"
    }
}
