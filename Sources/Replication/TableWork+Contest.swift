import Postgres

/// The statements about rows that both sides changed: both are kept, and a policy's function is asked.
extension TableWork {
    /// Keeps both rows of every contested decision, as json with the names of their columns. A
    /// decision whose row has changed since is withdrawn.
    var keepContestants: [SQL] {
        [
            """
            delete from \(decision) as d
            where d.contested
                and d.mine is null
                and d.found is not null
                and not exists (
                    select
                    from \(target.rows) as t
                    where t.ctid = d.found
                        and t.xmin = d.found_xmin
                        and t.tableoid = d.found_table
                )
            """,
            """
            update \(decision) as d
            set (mine, mine_texts) = (
                    select \(jsonOfRow("t")), \(textsOfRow("t"))
                    from \(target.rows) as t
                    where t.ctid = d.found
                        and t.xmin = d.found_xmin
                        and t.tableoid = d.found_table
                ),
                (theirs, theirs_texts) = (
                    select \(jsonOfStage("s")), \(textsOfStage("s"))
                    from \(stage) as s
                    where s.ctid = d.staged
                        and s.present
                )
            where d.contested
                and d.mine is null
                and d.theirs is null
            """,
        ]
    }

    func jsonOfRow(_ alias: String) -> SQL {
        // With what the other side does not see: if this row loses, the history must hold all of it.
        let columns = (places.map(\.column) + target.hidden).map {
            "\(raw: alias).\(id: $0.name)" as SQL
        }
        return "(select row_to_json(x.*) from (select \(columns.joined(separator: ", "))) as x)"
    }

    func jsonOfStage(_ alias: String) -> SQL {
        let columns = places.map { place, column -> SQL in
            "\(raw: alias).\(raw: place) as \(id: column.name)"
        }
        return "(select row_to_json(x.*) from (select \(columns.joined(separator: ", "))) as x)"
    }

    func jsonOfKey(_ alias: String) -> SQL {
        let columns = target.key.map { key -> SQL in
            "\(raw: alias).\(raw: place(key)) as \(id: key.name)"
        }
        return "(select row_to_json(x.*) from (select \(columns.joined(separator: ", "))) as x)"
    }

    /// Asks the policy's function about every decision that waits for it: the older row comes first.
    var askFunction: SQL? {
        guard case .function(let function) = policy else { return nil }
        return """
            update \(decision) as d
            set verdict = case
                    when a.answer is not distinct from d.mine::jsonb then 'K'
                    when a.answer is not distinct from d.theirs::jsonb then
                        case
                            when d.theirs is null then 'D'
                            when d.found is null then 'I'
                            else 'U'
                        end
                    when a.answer is null then 'D'
                    else 'M'
                end,
                made = a.answer is distinct from d.mine::jsonb
                    and a.answer is distinct from d.theirs::jsonb,
                merged = coalesce(a.newer, '{}') || a.answer || a.key
            from (
                select q.staged, q.newer, q.key,
                    case
                        when jsonb_typeof(q.given) = 'null' then null
                        else q.given
                    end as answer
                from (
                    select d.staged, v.newer, \(jsonOfKey("s"))::jsonb as key,
                        \(raw: function)(v.older, v.newer) as given
                    from \(decision) as d
                        join \(stage) as s on s.ctid = d.staged
                        cross join lateral (
                            select
                                case when \(isTheirsNewer) then d.mine else d.theirs end::jsonb
                                    as older,
                                case when \(isTheirsNewer) then d.theirs else d.mine end::jsonb
                                    as newer
                        ) as v
                    where d.verdict = 'F'
                    offset 0
                ) as q
            ) as a
            where a.staged = d.staged
            """
    }

    var isTheirsNewer: SQL {
        "(s.changed_at, s.origin) > (d.own_changed_at, d.own_origin)"
    }
}
