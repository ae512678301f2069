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
    /// A conflict that a function is asked about, or that is decided column by column.
    case ask = "F"
    /// A function made a row of the two.
    case merge = "M"
    /// A delete that rows of the target forbid: the row is their parent.
    case keepParent = "P"
    /// A row deleted here that a row of the source needs as its parent.
    case bringBack = "B"
    /// Not the source's business: the row came from the target.
    case skip = "-"
    /// A constraint of the target forbids it: it waits.
    case wait = "Q"
    /// It claims a value that another row of the target's holds and keeps.
    case refuse = "X"
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
            select s.ctid as staged, l.ctid as entry, l.xid, l.changed_at, l.origin\(isKnown)
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
            \(isBlind && !terms.isFirst ? "where not last_is_known or is_pending" : "" as SQL)
            order by staged, changed_at desc, origin desc
        ), truncated as (
            select e.changed_at, e.origin
            from replication.event as e
            where e.relation = \(raw: String(target.id))
                \(truncatesAtTarget)
            order by e.changed_at desc
            limit \(raw: terms.isFirst && !terms.isReturn ? "0" : "1")
        )\(hiddenVersions), met as (
            select s.ctid as staged, s.changed_at, s.origin, s.echo, s.present,
                t.ctid as found, t.xmin as found_xmin, t.tableoid as found_table,
                \(differs) as differs, \(needsReplacing) as needs_replacing,
                \(isHeld) as held, \(isHidden("t")) as is_hidden, \(ownVersion)
            from \(stage) as s
                left join \(target.rows) as t on \(sameKey("s", "t"))
                left join newest as n on n.staged = s.ctid
                left join truncated as tr on t.tableoid is null\(unlessStranger)
                \(joinHiddenVersions)
            where not exists (select from \(decision) as d where d.staged = s.ctid)
                \(unlessCombined)
        ), judged as (
            select m.*, m.differs and m.own_changed_at is not null and not m.echo
                    and not m.held and not \(isMade) as contested,
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

    /// The target's entries that the source has not seen; in the first direction all of them, as of
    /// a key that waits at the source: its watermark is past them, but it has not applied them.
    private var pendingAtTarget: SQL {
        if terms.isFirst { return "" }
        return isBlind ? "where s.blind or \(unseenBySource)" : "where \(unseenBySource)"
    }

    /// Of a key that waits at the source: whether the entry is pending as such, and whether the newest
    /// one came from the source, which then knows all there is about the key.
    private var isKnown: SQL {
        guard isBlind, !terms.isFirst else { return "" }
        return """
            , \(unseenBySource) as is_pending,
                first_value(coalesce(l.via = \(raw: String(terms.source)), false)) over (
                    partition by s.ctid
                    order by l.changed_at desc, l.origin desc
                ) as last_is_known
            """
    }

    var unseenBySource: SQL {
        """
        \(terms.acknowledged.unseen("l"))
                and replication.is_for(l.via, \(raw: String(terms.source)))
        """
    }

    private var isHeld: SQL {
        isHolding
            ? "exists (select from \(held) as h where h.staged = s.ctid)" : "false"
    }

    /// The record images of both rows are compared, never with `=`: that finds citext Bob and BOB,
    /// or 1.0 and 1.00, equal, and json has none.
    private var differs: SQL {
        // What a neighbour sees a part of was whole where it came from, and is never written again.
        if isShortened { return "s.present <> (t.tableoid is not null)" }
        return """
            case
                when not s.present and \(isHidden("t")) and \(isOfItsOwn) then false
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
        if terms.isReturn { return ownVersionForReturn }
        return terms.isFirst
            ? """
            coalesce(n.changed_at, case when t.tableoid is not null then '-infinity'::timestamptz end)
                    as own_changed_at,
                coalesce(n.origin, \(raw: String(terms.target))) as own_origin
            """
            : hiddenVersion(
                "coalesce(greatest(n.changed_at, tr.changed_at), \(unknownOfBlind))",
                """
                case
                        when n.changed_at is null or tr.changed_at > n.changed_at
                            then coalesce(tr.origin, \(raw: String(terms.target)))
                        else n.origin
                    end
                """)
    }

    private var unknownOfBlind: SQL {
        isBlind
            ? """
            case
                    when s.blind
                        and t.tableoid is not null
                        and not exists (select from entry as e where e.staged = s.ctid)
                        then '-infinity'::timestamptz
                end
            """ : "null"
    }

    /// Whether one of the two versions is what a change of schema made of the row, not a user.
    private var isMade: SQL {
        """
        coalesce(least(m.changed_at, m.own_changed_at) <= replication.made_at()
                        and isfinite(least(m.changed_at, m.own_changed_at)), false)
        """
    }

    private var verdict: SQL {
        let contest: SQL
        // What a node that came back has from another neighbour is newer than what no log names.
        let isNamed: SQL =
            terms.isReturn ? "and (isfinite(m.changed_at) or isfinite(m.own_changed_at))" : ""
        if case .function = policy {
            contest = "when m.differs and m.own_changed_at is not null \(isNamed) then 'F'"
        } else if isByColumns && mayCombine {
            contest = """
                when m.differs and m.own_changed_at is not null and m.present
                        and m.found is not null
                        then 'F'
                    when m.differs and m.own_changed_at is not null and not (\(policy.sourceWins))
                        then 'K'
                """
        } else {
            contest = """
                when m.differs and m.own_changed_at is not null \(isNamed)
                        and not (\(policy.sourceWins)) then 'K'
                """
        }
        let doing: SQL = """
            when not m.present then 'D'
                    when m.found is null then 'I'
                    when m.needs_replacing then 'R'
                    else 'U'
            """
        return """
            case
                    when m.echo then '-'
                    when m.held then 'Q'
                    \(returning)
                    \(unionOfTrees)
                    when not m.differs and not m.present then 'k'
                    when not m.differs and (m.changed_at, m.origin) < (m.own_changed_at, m.own_origin)
                        then 'k'
                    when not m.differs then '='
                    \(verdictsAboutHidden)
                    \(repaired(doing))
                    when \(isMade) and m.own_changed_at is not null then case
                        when not (\(Policy.newest.sourceWins)) then 'K'
                        \(doing)
                    end
                    \(contest)
                    \(doing)
                end::"char"
            """
    }

    /// What a repair logged as the losing rival of the other side's row loses, whatever the policy.
    private func repaired(_ doing: SQL) -> SQL {
        guard !terms.isFirst, !terms.isReturn else { return "" }
        let nobody = SQL(raw: String(Self.nobody))
        return """
            when m.own_origin = \(nobody) and m.own_changed_at is not null then case
                        \(doing)
                    end
                    when m.origin = \(nobody) and m.own_changed_at is not null then 'K'
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
}
