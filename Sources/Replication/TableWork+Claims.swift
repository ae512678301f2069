import Postgres

/// The statements about values that one row at a time can claim: which staged rows are free to take
/// theirs, and which meet a row of the target's that holds and keeps it.
extension TableWork {
    /// Whether claims are checked by nobody but the direction itself: replica role leaves deferrable
    /// constraints alone.
    var hasDeferrable: Bool {
        !target.isKeyImmediate || target.claims.contains { !$0.isImmediate }
    }

    /// True for a staged row, alias `s`, none of whose values is held by another row than `t` now.
    var isFree: SQL {
        let clashes = target.claims.filter(\.isImmediate).map { claim -> SQL in
            """
            not exists (
                select
                from (select \(values(claim)), x.ctid, x.tableoid from \(target.rows) as x) as q,
                    \(stagedValues(claim, of: "s")) as w
                where (q.ctid, q.tableoid) <> (t.ctid, t.tableoid)
                    and \(meet(claim, "q", "w"))
            )
            """
        }
        return clashes.isEmpty ? "true" : clashes.joined(separator: " and ")
    }

    /// The values that a claim is over, as v1, v2, ..., and whether it counts the row at all.
    private func values(_ claim: Claim) -> SQL {
        let parts = claim.parts.enumerated().map { number, part -> SQL in
            "(\(raw: part.name)) as v\(raw: String(number + 1))"
        }.joined(separator: ", ")
        return "\(parts), coalesce((\(raw: claim.predicate ?? "true")), false) as counts"
    }

    /// The same of a staged row, as an item of a FROM clause.
    private func stagedValues(_ claim: Claim, of stage: String) -> SQL {
        "(select \(values(claim)) from \(stagedRow(stage)))"
    }

    private func meet(_ claim: Claim, _ left: String, _ right: String) -> SQL {
        let same = claim.parts.indices.map { index -> SQL in
            let one: SQL = "\(raw: left).v\(raw: String(index + 1))"
            let other: SQL = "\(raw: right).v\(raw: String(index + 1))"
            let equal: SQL = "\(one) \(raw: claim.parts[index].equals) \(other)"
            return claim.nullsAreEqual
                ? "(\(equal) or \(one) is null and \(other) is null)" : equal
        }.joined(separator: " and ")
        return "\(raw: left).counts and \(raw: right).counts and \(same)"
    }

    /// A staged row with the names of the target's columns, as an item `x` of a FROM clause;
    /// generated columns are computed.
    func stagedRow(_ stage: String) -> SQL {
        let sent = places.filter { !$0.column.isGenerated }
        let columns = sent.map { place, column -> SQL in
            "\(raw: stage).\(raw: place) as \(id: column.name)"
        }
        let row: SQL = "(select \(columns.joined(separator: ", "))\(hiddenValues(stage))) as x"
        guard !target.generated.isEmpty else { return row }
        let generated = target.generated.map { "(\(raw: $0.expression)) as \(id: $0.name)" as SQL }
        return "(select x.*, \(generated.joined(separator: ", ")) from \(row)) as x"
    }

    // MARK: - Clashes

    /// Makes the table of clashes, where it is not there; forgets those of rows that are decided
    /// anew, unless somebody has given way already: that is history.
    var createClash: [SQL] {
        [
            """
            create temporary table if not exists \(clash) (
                staged tid, claim text, found tid, found_xmin xid, found_table oid,
                own_changed_at timestamptz, own_origin int, wins boolean, waits boolean,
                mine json, theirs json, mine_texts json, key json, key_text text[], loser tid
            ) on commit drop
            """,
            """
            delete from \(clash) as c
            using \(decision) as d
            where d.staged = c.staged
                and not d.done
                and not \(hasGivenWay("c"))
            """,
        ]
    }

    /// Whether the loser of a clash has been carried out.
    private func hasGivenWay(_ clash: String) -> SQL {
        """
        exists (
                    select
                    from \(decision) as g
                    where g.staged = \(raw: clash).loser
                        and g.done
                        and g.made
                )
        """
    }

    /// Notes the clashes of one claim.
    func findClashes(_ claim: Claim) -> SQL {
        """
        insert into \(clash) (staged, claim, found, found_xmin, found_table)
        \(clashes(claim))
        """
    }

    /// The staged rows that are not carried out, and the rows of the target's that hold their values
    /// for one claim and do not give them up in this direction. At most so many that the agent can
    /// hold their names.
    func clashes(_ claim: Claim) -> SQL {
        """
        select o.staged, \(literal: claim.name), q.ctid, q.xmin, q.tableoid
        from \(decision) as o
            join \(stage) as s on s.ctid = o.staged
            cross join lateral \(stagedValues(claim, of: "s")) as w
            join (
                select \(values(claim)), x.ctid, x.xmin, x.tableoid
                from \(target.rows) as x
            ) as q on \(meet(claim, "q", "w"))
        where not o.done
            and o.verdict in ('I', 'U', 'R')
            and (o.found is null or (q.ctid, q.tableoid) <> (o.found, o.found_table))
            and (
                o.found is null
                or exists (
                    select
                    from \(target.rows) as t
                    where t.ctid = o.found
                        and t.xmin = o.found_xmin
                        and t.tableoid = o.found_table
                )
            )
            and not exists (
                select
                from \(decision) as m
                    join \(stage) as ms on ms.ctid = m.staged
                    cross join lateral \(stagedValues(claim, of: "ms")) as mw
                where m.found = q.ctid
                    and m.found_table = q.tableoid
                    and m.found_xmin = q.xmin
                    and not m.done
                    and (
                        m.verdict in ('D', 'M')
                        or m.verdict in ('U', 'R') and (\(meet(claim, "mw", "w"))) is not true
                    )
            )
        limit 5000
        """
    }

    /// Completes the clashes: both rows, the version of the target's, whether the source's wins by
    /// the policy, and whether it has to wait all the same: the row in its way waits itself, or
    /// comes from the source as well.
    var judgeClashes: [SQL] {
        let newest: SQL = """
            select distinct on (t.tableoid, t.ctid) t.tableoid, t.ctid, l.changed_at, l.origin
                    from \(clash) as c
                        join \(target.rows) as t on t.ctid = c.found and t.tableoid = c.found_table
                        join \(target.log) as l on \(sameKeyInTargetLog)
                    where c.mine is null
                    order by t.tableoid, t.ctid, l.changed_at desc, l.origin desc
            """
        return [
            """
            update \(clash) as c
            set mine = v.mine,
                theirs = v.theirs,
                mine_texts = v.mine_texts,
                key = v.key,
                key_text = v.key_text,
                own_changed_at = v.own_changed_at,
                own_origin = v.own_origin,
                waits = v.waits
            from (
                select c.ctid as clash, \(jsonOfRow("t")) as mine, \(jsonOfStage("s")) as theirs,
                    \(textsOfRow("t")) as mine_texts,
                    \(jsonOfRowKey("t")) as key, \(rowKeyText("t")) as key_text,
                    coalesce(n.changed_at, '-infinity') as own_changed_at,
                    coalesce(n.origin, \(raw: String(terms.target))) as own_origin,
                    coalesce(d.verdict = 'Q' or d.verdict not in ('K', '-') and st.present, false)
                        or \(isHidden("t")) as waits
                from \(clash) as c
                    join \(stage) as s on s.ctid = c.staged
                    join \(target.rows) as t on t.ctid = c.found and t.tableoid = c.found_table
                    left join \(stage) as st on \(sameKey("st", "t"))
                    left join \(decision) as d on d.staged = st.ctid
                    left join (\(newest)) as n on n.ctid = t.ctid and n.tableoid = t.tableoid
                where c.mine is null
            ) as v
            where v.clash = c.ctid
            """,
            """
            update \(clash) as c
            set wins = \(policy.sourceWins)
            from (
                select c.ctid as clash, s.changed_at, s.origin, c.own_changed_at, c.own_origin
                from \(clash) as c
                    join \(stage) as s on s.ctid = c.staged
            ) as m
            where m.clash = c.ctid
                and c.wins is null
            """,
            // Who loses one of his claims takes nobody else's place.
            """
            update \(clash) as c
            set wins = false
            where wins
                and exists (select from \(clash) as o where o.staged = c.staged and not o.wins)
                and not \(hasGivenWay("c"))
            """,
            """
            delete from \(decision) as d
            using \(clash) as c
            where c.loser = d.staged
                and not d.done
                and not exists (select from \(clash) as o where o.loser = d.staged and o.wins)
            """,
        ]
    }

    private func jsonOfRowKey(_ alias: String) -> SQL {
        let columns = target.key.map { "\(raw: alias).\(id: $0.name)" as SQL }
        return "(select row_to_json(x.*) from (select \(columns.joined(separator: ", "))) as x)"
    }

    private func rowKeyText(_ alias: String) -> SQL {
        let texts = target.key.map { "\(raw: alias).\(id: $0.name)::text" as SQL }
        return "array[\(texts.joined(separator: ", "))]"
    }

    // MARK: - Deferrable constraints

    /// The staged rows whose values another row holds in the end, of a claim that PostgreSQL has not
    /// checked.
    func brokenClaim(
        _ claim: Claim,
        verdicts: [Verdict] = [.insert, .update, .replace, .merge, .bringBack]
    ) -> SQL {
        """
        select s.ctid::text as staged
        from \(decision) as d
            join \(stage) as s on s.ctid = d.staged
            join \(target.rows) as t on \(sameKey("s", "t"))
            cross join lateral (select \(values(claim)) from (select t.*) as x) as w
            join (
                select \(values(claim)), x.ctid, x.tableoid
                from \(target.rows) as x
            ) as q on \(meet(claim, "q", "w"))
        where d.verdict = any (\(verdicts.map(\.rawValue))::"char"[])
            and (q.ctid, q.tableoid) <> (t.ctid, t.tableoid)
        limit 5000
        """
    }

    /// The key itself as a claim: where it is deferrable, two rows could have one.
    var keyClaim: Claim {
        Claim(
            name: "the key",
            parts: target.key.map { .init(name: quoteIdentifier($0.name), equals: $0.equals) },
            predicate: nil, nullsAreEqual: false, isImmediate: target.isKeyImmediate)
    }
}
