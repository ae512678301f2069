import Postgres

/// What a direction writes down of its decisions: the target's log, and the conflict history.
extension TableWork {
    var xid: SQL { "(select pg_current_xact_id()::text::bigint)" }
    private var now: SQL { "(select replication.now())" }
    /// The time of a parent that outlives its delete: just after that, so that it takes the delete's
    /// place everywhere and wins against nothing that a user wrote later.
    private func revived(_ deletedAt: String) -> SQL {
        "coalesce(\(raw: deletedAt) + interval '1 microsecond', \(now))"
    }
    var forSourceAlone: SQL { "\(raw: String(-terms.source))" }

    /// The origin of a staged row; of one that a node that came back has unchanged, or that a repair gives
    /// up, the source's node.
    var originOfStage: SQL {
        "coalesce(nullif(s.origin, \(raw: String(Self.nobody))), \(raw: String(terms.source)))"
    }

    /// The origin of the target's own version; of one that a repair gives up, the target's node.
    private var ownOrigin: SQL {
        "coalesce(nullif(d.own_origin, \(raw: String(Self.nobody))), \(raw: String(terms.target)))"
    }

    /// What a conflict was decided by.
    private var decidedBy: SQL {
        guard !terms.isReturn else { return "\(literal: policy.name)" }
        return """
            case when \(raw: String(Self.nobody)) in (s.origin, d.own_origin) then 'repair' \
            else \(literal: policy.name) end
            """
    }

    var logColumns: SQL {
        let keys = target.key.indices.map { SQL(raw: "k\($0 + 1)") }.joined(separator: ", ")
        return "(xid, changed_at, origin, via, action, \(keys))"
    }

    private var takenColumns: SQL {
        let keys = target.key.indices.map { SQL(raw: "k\($0 + 1)") }.joined(separator: ", ")
        return isNotingColumns
            ? "(xid, changed_at, origin, via, action, \(keys), columns)" : logColumns
    }

    var stagedKey: SQL {
        target.key.map { SQL(raw: "s.\(place($0))") }.joined(separator: ", ")
    }

    /// Removes those of the target's own entries that the source's row took the place of. Else the
    /// source would be offered its own old row as a rival of its newer one.
    var supersede: SQL {
        noting(
            """
            delete from \(target.log) as l
            using \(own) as o
                join \(decision) as d on d.staged = o.staged
                join \(stage) as s on s.ctid = d.staged
            where l.ctid = o.entry
                and l.xid = o.xid
                and d.verdict in ('I', 'U', 'D', 'R', '=', 'M', 'B', 'X')
                and not (d.verdict = '=' and not isfinite(s.changed_at))
                and \(isLostWhole)
            """)
    }

    /// Logs what was taken over, through the source and with its version unchanged; what a function
    /// made is a change of the target, and so is what two keys' claim of one value led to; what the
    /// target keeps by that goes back to the source alone, unless it is pending for the others too. A row that both had already, and that no
    /// entry names on either side, needs none.
    var logTaken: SQL {
        """
        insert into \(target.log) \(takenColumns)
        select \(xid),
            case
                when d.verdict = 'B' then \(revived("d.own_changed_at"))
                when d.dated is not null then d.dated
                when d.made then \(now)
                else s.changed_at
            end,
            case when d.made then \(raw: String(terms.target)) else \(originOfStage) end,
            case
                when d.verdict = 'X' and d.own_changed_at is null then \(forSourceAlone)
                when not d.made or d.verdict = 'B' then \(raw: String(terms.source))
            end,
            case
                when d.verdict = 'X' then case when d.found is null then 'D' else 'U' end
                when d.verdict in ('I', 'B') then 'I'
                when d.verdict = 'M' or s.present then 'U'
                else 'D'
            end::"char",
            \(stagedKey)\(takenBits)
        from \(decision) as d
            join \(stage) as s on s.ctid = d.staged
        where d.verdict in ('I', 'U', 'D', 'R', '=', 'M', 'B', 'X')
            and not (d.verdict = '=' and not isfinite(s.changed_at))
            and d.contested is not null
        """
    }

    /// Removes entries of the target that are newer than what the source sends now, although the
    /// source had seen them: they lost against an older change by a policy that is not about time,
    /// and would still outrank the winner in the target's log. By the policy newest there are none.
    var dethrone: SQL? {
        if policy == .newest || policy == .columns { return nil }
        return noting(
            """
            delete from \(target.log) as l
            using \(stage) as s
                join \(decision) as d on d.staged = s.ctid
            where \(sameKeyInLog("s", "l"))
                and (l.changed_at, l.origin) > (s.changed_at, s.origin)
                and d.verdict in ('I', 'U', 'D', 'R', '=')
                and not (d.verdict = '=' and not isfinite(s.changed_at))
                and not s.echo
                and (
                    l.via = \(raw: String(terms.source))
                    or not (\(terms.acknowledged.unseen("l")))
                )
            """)
    }

    /// Logs what the target keeps where nothing else makes it go back to the source: a parent that
    /// was not deleted, and in the first direction every winner, and the rival of every row that
    /// waits. It is for the source alone: the other neighbours have it, or have changed it since, and
    /// it must not be their rival.
    var logKept: SQL {
        """
        insert into \(target.log) \(logColumns)
        select \(xid),
            case when d.verdict = 'P' then \(revived("s.changed_at")) else d.own_changed_at end,
            case when d.verdict = 'P' then \(raw: String(terms.target)) else d.own_origin end,
            \(forSourceAlone),
            case when d.found is null then 'D' else 'U' end::"char",
            \(stagedKey)
        from \(decision) as d
            join \(stage) as s on s.ctid = d.staged
        where d.verdict = 'P'
            or \(terms.isFirst ? "true" : "false" as SQL)
            and (d.verdict = 'K' or d.verdict = 'Q' and d.own_changed_at is not null)
        """
    }

    /// In the first direction: logs the rows that only the target has, so that they go back.
    var logMissingAtSource: SQL {
        let keys = target.key.indices.map { SQL(raw: "l.k\($0 + 1)") }
            .joined(separator: ", ")
        let columns = target.key.map { "t.\(id: $0.name)" as SQL }.joined(separator: ", ")
        return """
            insert into \(target.log) \(logColumns)
            select \(xid), coalesce(l.changed_at, '-infinity'::timestamptz),
                coalesce(l.origin, \(raw: String(terms.target))), \(forSourceAlone), 'I', \(columns)
            from \(target.rows) as t
                left join (
                    select distinct on (\(keys)) \(keys), l.changed_at, l.origin
                    from \(target.log) as l
                    order by \(keys), l.changed_at desc, l.origin desc
                ) as l on \(sameKeyInTargetLog)
            where not exists (select from \(stage) as s where \(sameKey("s", "t")) and not s.echo)
                \(unlessHidden)
            """
    }

    /// The entries of the target's log about its row `t`.
    var sameKeyInTargetLog: SQL {
        target.key.enumerated().map { number, key -> SQL in
            "t.\(id: key.name) \(raw: key.equals) l.k\(raw: String(number + 1))"
        }.joined(separator: " and ")
    }

    /// Writes the losers of all conflicts into the history, which is itself replicated: `history` is
    /// its relation on the target. Where a function made a row of the two, both lost.
    func recordConflicts(history: Relation) -> SQL {
        record(
            """
            select \(jsonOfKey("s")), w.winner_origin, w.winner_changed_at, w.winner,
                w.loser_origin, w.loser_changed_at, w.loser, null::json, null::text,
                w.winner_texts, w.loser_texts, \(decidedBy)
            from \(decision) as d
                join \(stage) as s on s.ctid = d.staged
                cross join lateral (
                    select \(ownOrigin), d.own_changed_at, d.mine, d.mine_texts,
                        \(originOfStage), s.changed_at, d.theirs, d.theirs_texts
                    where d.verdict = 'K'
                    union all
                    select \(originOfStage), s.changed_at, d.theirs, d.theirs_texts,
                        \(ownOrigin), d.own_changed_at, d.mine, d.mine_texts
                    where d.verdict not in ('K', 'P') and not d.made and not \(isCombined)
                    union all\(combinedConflicts)
                    select \(raw: String(terms.target)), \(now), d.merged::json, null::json,
                        \(ownOrigin), d.own_changed_at, d.mine, d.mine_texts
                    where d.made and d.verdict <> 'B'
                    union all
                    select \(raw: String(terms.target)), \(now), d.merged::json, null::json,
                        \(originOfStage), s.changed_at, d.theirs, d.theirs_texts
                    where d.made and d.verdict <> 'B'
                    union all
                    select \(raw: String(terms.target)), \(revived("s.changed_at")),
                        d.mine, d.mine_texts,
                        \(originOfStage), s.changed_at, d.theirs, d.theirs_texts
                    where d.verdict = 'P'
                    union all
                    select \(raw: String(terms.target)), \(revived("d.own_changed_at")),
                        d.theirs, d.theirs_texts,
                        \(ownOrigin), d.own_changed_at, d.mine, d.mine_texts
                    where d.verdict = 'B'
                ) as w (winner_origin, winner_changed_at, winner, winner_texts, loser_origin,
                    loser_changed_at, loser, loser_texts)
            where d.contested
                and d.verdict <> '-'
            """, in: history)
    }

    /// The same for rows of two keys that claimed one value.
    func recordClashes(history: Relation) -> SQL {
        record(
            """
            select v.key, v.winner_origin, v.winner_changed_at, v.winner, v.loser_origin,
                v.loser_changed_at, v.loser, v.winner_key, v.claim, null::json, v.loser_texts,
                \(literal: policy.name)
            from (
                select distinct on (c.staged) \(jsonOfKey("s")) as key,
                    c.own_origin as winner_origin, c.own_changed_at as winner_changed_at,
                    c.mine as winner, \(originOfStage) as loser_origin,
                    s.changed_at as loser_changed_at,
                    c.theirs as loser, c.key as winner_key, c.claim,
                    \(textsOfStage("s")) as loser_texts
                from \(clash) as c
                    join \(stage) as s on s.ctid = c.staged
                    join \(decision) as d on d.staged = c.staged
                where d.verdict = 'X'
                    and not c.wins
                order by c.staged, c.own_changed_at desc
            ) as v
            union all
            select v.key, v.winner_origin, v.winner_changed_at, v.winner, v.loser_origin,
                v.loser_changed_at, v.loser, v.winner_key, v.claim, null::json, v.loser_texts,
                \(literal: policy.name)
            from (
                select distinct on (c.loser) c.key, \(originOfStage) as winner_origin,
                    s.changed_at as winner_changed_at, c.theirs as winner,
                    c.own_origin as loser_origin, c.own_changed_at as loser_changed_at,
                    c.mine as loser, \(jsonOfKey("s")) as winner_key, c.claim,
                    c.mine_texts as loser_texts
                from \(clash) as c
                    join \(stage) as s on s.ctid = c.staged
                    join \(decision) as d on d.staged = c.loser
                where d.dated is not null
                    and d.verdict in ('U', 'D', 'R')
                    and c.wins
                order by c.loser, s.changed_at desc
            ) as v
            """, in: history)
    }

    /// Writes rows of the history, and their entries in its log.
    private func record(_ rows: SQL, in history: Relation) -> SQL {
        """
        with recorded as (
            insert into replication.conflict (decided_at, decided_by, tablename, policy, key,
                winner_origin, winner_changed_at, winner, loser_origin, loser_changed_at, loser,
                winner_key, claimed, winner_texts, loser_texts)
            select \(now), \(raw: String(terms.target)), \(target.fullName), r.decided_by, r.key,
                r.winner_origin, r.winner_changed_at, r.winner, r.loser_origin, r.loser_changed_at,
                r.loser, r.winner_key, r.claimed, r.winner_texts, r.loser_texts
            from (\(rows)) as r (key, winner_origin, winner_changed_at, winner, loser_origin,
                loser_changed_at, loser, winner_key, claimed, winner_texts, loser_texts, decided_by)
            returning id
        )
        insert into \(history.log) (xid, changed_at, origin, via, action, k1)
        select \(xid), \(now), \(raw: String(terms.target)), null, 'I', r.id
        from recorded as r
        """
    }

    /// The newest time that the source's changes bring along; null where none has one.
    var newestStaged: SQL {
        "select max(changed_at) as changed_at from \(stage) where isfinite(changed_at)"
    }
}
