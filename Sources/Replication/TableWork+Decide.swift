import Postgres

/// What becomes of one staged row.
enum Verdict: String, Sendable {
    case insert = "I"
    case update = "U"
    case delete = "D"
    /// Deleted and inserted again: where an UPDATE cannot do it.
    case replace = "R"
    /// The target has it so already.
    case same = "="
    /// The target has it so already, by a newer change; or neither side has it, and what is not
    /// there cannot be locked: it is left alone.
    case sameAndNewer = "k"
    /// A conflict that the target's row wins.
    case keep = "K"
    /// A conflict that a function is asked about.
    case ask = "F"
    /// A function made a row of the two.
    case merge = "M"
    /// A delete that rows of the target forbid: the row is their parent.
    case keepParent = "P"
    /// A row deleted here that a row of the source needs as its parent.
    case bringBack = "B"
    /// Not the source's business: the row came from the target.
    case skip = "-"
}

extension TableWork {
    /// Decides every staged row that has no decision yet, all in one snapshot: what the source has
    /// for the key, what the target has, and whether the target changed it too. Notes the target's
    /// own entries that it has read, for they may be superseded, and each row's place and version,
    /// as a guard: nothing is overwritten that was not seen.
    ///
    /// Answers one row for each verdict: `verdict`, `contested`, `count`.
    var decide: SQL {
        """
        with entry as materialized (
            select s.ctid as staged, l.ctid as entry, l.xid, l.changed_at, l.origin
            from \(target.log) as l
                join \(stage) as s on \(sameKeyInLog("s", "l"))
            \(pendingAtTarget)
        ), noted as (
            insert into \(own) (staged, entry, xid)
            select staged, entry, xid
            from entry
        ), newest as (
            select distinct on (staged) staged, changed_at, origin
            from entry
            order by staged, changed_at desc, origin desc
        ), truncated as (
            select e.changed_at, e.origin
            from replication.event as e
            where e.relation = \(raw: String(target.id))
                and \(terms.acknowledged.unseen("e"))
                and replication.is_for(e.via, \(raw: String(terms.source)))
            order by e.changed_at desc
            limit \(raw: terms.isFirst ? "0" : "1")
        ), met as (
            select s.ctid as staged, s.changed_at, s.origin, s.echo, s.present,
                t.ctid as found, t.xmin as found_xmin, t.tableoid as found_table,
                \(differs) as differs, \(needsReplacing) as needs_replacing,
                \(ownVersion)
            from \(stage) as s
                left join \(target.rows) as t on \(sameKey("s", "t"))
                left join newest as n on n.staged = s.ctid
                left join truncated as tr on t.tableoid is null
            where not exists (select from \(decision) as d where d.staged = s.ctid)
        ), judged as (
            select m.*, m.differs and m.own_changed_at is not null and not m.echo
                    as contested,
                \(verdict) as verdict
            from met as m
        ), decided as (
            insert into \(decision) (staged, verdict, contested, made, found, found_xmin,
                found_table, own_changed_at, own_origin)
            select j.staged, j.verdict, j.contested, false, j.found, j.found_xmin, j.found_table,
                j.own_changed_at, j.own_origin
            from judged as j
            returning verdict, contested
        )
        select verdict, contested, count(*) as count
        from decided
        group by verdict, contested
        """
    }

    /// The target's entries that the source has not seen; in the first direction all of them.
    private var pendingAtTarget: SQL {
        if terms.isFirst { return "" }
        return """
            where \(terms.acknowledged.unseen("l"))
                and replication.is_for(l.via, \(raw: String(terms.source)))
            """
    }

    /// The record images of both rows are compared, never with `=`: that finds citext Bob and BOB,
    /// or 1.0 and 1.00, equal, and json has none.
    private var differs: SQL {
        """
        case
            when s.present and t.tableoid is not null then \(imageOfRow("t")) *<> \(imageOfStage("s"))
            else s.present <> (t.tableoid is not null)
        end
        """
    }

    func imageOfRow(_ alias: String) -> SQL {
        let columns = places.map { "\(raw: alias).\(id: $0.column.name)" as SQL }
        return "row(\(columns.joined(separator: ", ")))::\(image)"
    }

    func imageOfStage(_ alias: String) -> SQL {
        let columns = places.map { "\(raw: alias).\(raw: $0.place)" as SQL }
        return "row(\(columns.joined(separator: ", ")))::\(image)"
    }

    /// An identity column GENERATED ALWAYS cannot be updated.
    private var needsReplacing: SQL {
        let always = places.filter(\.column.isAlways).map { place, column -> SQL in
            "t.\(id: column.name) is distinct from s.\(raw: place)"
        }
        return always.isEmpty ? "false" : "(\(always.joined(separator: " or ")))"
    }

    /// The target's own version of the row, where the source has not seen it: its newest entry, or
    /// a TRUNCATE that took the row. In the first direction a row without an entry is older than
    /// any logged change.
    private var ownVersion: SQL {
        terms.isFirst
            ? """
            coalesce(n.changed_at, case when t.tableoid is not null then '-infinity'::timestamptz end)
                    as own_changed_at,
                coalesce(n.origin, \(raw: String(terms.target))) as own_origin
            """
            : """
            greatest(n.changed_at, tr.changed_at) as own_changed_at,
                case
                    when n.changed_at is null or tr.changed_at > n.changed_at then tr.origin
                    else n.origin
                end as own_origin
            """
    }

    private var verdict: SQL {
        let contest: SQL
        if case .function = policy {
            contest = "when m.differs and m.own_changed_at is not null then 'F'"
        } else {
            contest = """
                when m.differs and m.own_changed_at is not null and not (\(policy.sourceWins))
                        then 'K'
                """
        }
        return """
            case
                    when m.echo then '-'
                    \(unionOfTrees)
                    when not m.differs and not m.present then 'k'
                    when not m.differs and (m.changed_at, m.origin) < (m.own_changed_at, m.own_origin)
                        then 'k'
                    when not m.differs then '='
                    \(contest)
                    when not m.present then 'D'
                    when m.found is null then 'I'
                    when m.needs_replacing then 'R'
                    else 'U'
                end::"char"
            """
    }

    /// Over a new edge two trees become one: what either knows of nodes and edges holds, also where
    /// the other has forgotten it since an earlier edge between them ended.
    private var unionOfTrees: SQL {
        guard terms.isFirst, target.isSystem else { return "" }
        return """
            when m.differs and not m.present then 'K'
                    when m.differs and m.found is null then 'I'
            """
    }

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
            set mine = (
                    select \(jsonOfRow("t"))
                    from \(target.rows) as t
                    where t.ctid = d.found
                        and t.xmin = d.found_xmin
                        and t.tableoid = d.found_table
                ),
                theirs = (
                    select \(jsonOfStage("s"))
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
        let columns = places.map { "\(raw: alias).\(id: $0.column.name)" as SQL }
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

    private var isTheirsNewer: SQL {
        "(s.changed_at, s.origin) > (d.own_changed_at, d.own_origin)"
    }
}
