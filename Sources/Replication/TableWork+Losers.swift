import Postgres

/// The statements about rows that lose a claim: who gives way to what, and who must not, as rows
/// refer to him.
extension TableWork {
    /// The keys of the target's rows that give way and that the source has sent nothing of, as the
    /// texts of arrays: k1, k2, ...
    var displacedKeys: SQL {
        """
        select \(keyArrays("key_text"))
        from (
            select distinct on (c.found_table, c.found) c.key_text
            from \(clash) as c
                join \(target.rows) as t on t.ctid = c.found and t.tableoid = c.found_table
            where c.wins
                and c.loser is null
                and not exists (select from \(stage) as s where \(sameKey("s", "t")))
        ) as c
        having count(*) > 0
        """
    }

    func keyArrays(_ column: String) -> SQL {
        target.key.indices.map { number -> SQL in
            let place = String(number + 1)
            return "array_agg(\(raw: column)[\(raw: place)])::text as k\(raw: place)"
        }.joined(separator: ", ")
    }

    /// What the source has for some keys, be it nothing; staged as rows that are none of its business
    /// until `displace` says otherwise.
    func fetch(keys: [String]) -> SQL {
        let names = source.key.indices.map { "k\($0 + 1)" }
        let arrays = keys.map { "\(literal: $0)::text[]" as SQL }.joined(separator: ", ")
        let values = keyValues("v")
        let columns =
            target.columns.map { column -> SQL in
                guard let number = source.key.firstIndex(where: { $0.name == column.name }) else {
                    return "t.\(id: column.name)"
                }
                return "coalesce(t.\(id: column.name), l.k\(raw: String(number + 1)))"
            }.joined(separator: ", ") + unknownColumns
        return """
            copy (
                select '-infinity'::timestamptz, \(raw: String(terms.source)), true, false,
                    t.tableoid is not null, \(columns)
                from (
                    select \(values)
                    from unnest(\(arrays)) as v (\(raw: names.joined(separator: ", ")))
                ) as l
                    left join \(sourceRows) as t on \(sourceRow("t", is: "l"))
                \(terms.isPartial ? "where \(isKnownAtSource("l", row: "t"))" : "" as SQL)
            ) to stdout \(format)
            """
    }

    /// Whether a stand-in can tell what the source has for a key, be it nothing.
    private func isKnownAtSource(_ key: String, row: String) -> SQL {
        let same = source.key.enumerated().map { number, column -> SQL in
            let place = "k\(number + 1)"
            return "e.\(raw: place) \(raw: column.equals) \(raw: key).\(raw: place)"
        }.joined(separator: " and ")
        return """
            (
                        \(raw: row).tableoid is not null
                        or exists (select from \(source.log) as e where \(same))
                    )
            """
    }

    /// Lets those wait whose loser would have to take what nobody here knows.
    var waitForUnknown: SQL {
        "update \(clash) set waits = true where wins and loser is null and not waits"
    }

    /// Texts of a list of keys as the types of the source's key columns.
    func keyValues(_ alias: String) -> SQL {
        source.key.enumerated().map { number, key -> SQL in
            let place = "k\(number + 1)"
            let type = source.columns.first { $0.name == key.name }?.type ?? "text"
            return "\(raw: alias).\(raw: place)::\(raw: type) as \(raw: place)"
        }.joined(separator: ", ")
    }

    /// Finds the staged rows of the target's losers.
    var nameLosers: SQL {
        """
        update \(clash) as c
        set loser = s.ctid
        from \(target.rows) as t
            join \(stage) as s on \(sameKey("s", "t"))
        where c.wins
            and c.loser is null
            and t.ctid = c.found
            and t.tableoid = c.found_table
            \(unlessCombined)
        """
    }

    /// Lets those wait whose loser would vanish here although rows refer to it.
    func waitForReferences(_ key: ForeignKey) -> SQL {
        """
        update \(clash) as c
        set waits = true
        from \(target.rows) as t
        where c.wins
            and not c.waits
            and t.ctid = c.found
            and t.tableoid = c.found_table
            and exists (select from \(stage) as s where s.ctid = c.loser and not s.present)
            and \(isReferred("t", by: key))
        """
    }

    private func isReferred(_ row: String, by key: ForeignKey) -> SQL {
        """
        exists (
                select
                from \(raw: key.childRows) as k
                where \(key.refers("k", to: row))
                    and (k.ctid, k.tableoid) <> (\(raw: row).ctid, \(raw: row).tableoid)
            )
        """
    }

    /// The staged rows that lose and would vanish, with their keys as the texts of arrays.
    var vanishing: SQL {
        """
        select array_agg(v.staged)::text as staged, \(keyArrays("v.key_text"))
        from (
            select s.ctid::text as staged, \(keyText("s")) as key_text
            from \(decision) as d
                join \(stage) as s on s.ctid = d.staged
            where d.found is null
                and not d.done
                and exists (
                    select
                    from \(clash) as c
                    where c.staged = d.staged
                        and not c.wins
                        and not c.waits
                )
        ) as v
        having count(*) > 0
        """
    }

    /// Those of them that rows of the source refer to.
    func referredAtSource(_ key: ForeignKey, staged: String, keys: [String]) -> SQL {
        let arrays = keys.map { "\(literal: $0)::text[]" as SQL }.joined(separator: ", ")
        let names = source.key.indices.map { "k\($0 + 1)" }.joined(separator: ", ")
        return """
            select l.staged
            from (
                select \(keyValues("v")), v.staged
                from unnest(\(arrays), \(literal: staged)::text[]) as v (\(raw: names), staged)
            ) as l
                join \(source.rows) as t on \(sourceRow("t", is: "l"))
            where \(isReferred("t", by: key))
            """
    }

    /// The staged rows that were to take the place of the same row again and again, and could not.
    var deadlocked: SQL {
        """
        select distinct staged::text as staged
        from \(clash)
        group by staged, claim, found, found_table
        having count(*) > 3
            and bool_or(mine is null)
        """
    }

    func letWait(_ staged: [String]) -> SQL {
        "update \(clash) set waits = true where staged = any (\(staged)::text[]::tid[])"
    }

    /// The staged rows that have to wait, with the claim that they wait for. Among them are those that
    /// gave way to the target's row of their key, where that one has to give way itself and cannot: else
    /// both versions would lose again with every sync.
    var mustWait: SQL {
        """
        select distinct on (w.staged) w.staged::text as staged, w.claim
        from (
            select c.staged, c.claim
            from \(clash) as c
            where c.waits
            union all
            select r.staged, r.claim
            from \(clash) as c
                join \(target.rows) as t on t.ctid = c.found and t.tableoid = c.found_table
                join \(stage) as s on \(sameKey("s", "t"))
                join \(clash) as r on r.staged = s.ctid
            where c.waits
                and not r.wins
        ) as w
        order by w.staged
        """
    }

    /// Decides that the target's losers take what the source has for their keys, as a change made
    /// here, dated just after the version that loses.
    var displace: [SQL] {
        let change: SQL =
            settableEverywhere
            ? "case when s.present then 'U' else 'D' end"
            : "case when s.present then 'R' else 'D' end"
        return [
            """
            delete from \(decision) as d
            using \(clash) as c
            where c.wins
                and c.loser = d.staged
                and (not d.done or d.verdict in ('K', '-'))
                and not exists (
                    select
                    from \(decision) as w
                    where w.staged = c.staged
                        and w.done
                )
            """,
            """
            insert into \(decision) (staged, verdict, contested, made, found, found_xmin, found_table,
                own_changed_at, own_origin, dated, mine)
            select distinct on (c.loser) c.loser, (\(change))::"char", false, true, c.found,
                c.found_xmin, c.found_table, c.own_changed_at, c.own_origin,
                \(justAfter("c.own_changed_at")), c.mine
            from \(clash) as c
                join \(stage) as s on s.ctid = c.loser
            where c.wins
                and not exists (select from \(decision) as d where d.staged = c.loser)
            """,
        ]
    }

    private var settableEverywhere: Bool { !places.contains { $0.column.isAlways } }

    /// Decides that the source's losers give way to what the target has for their keys, be it
    /// nothing, dated just after the version that loses.
    var refuse: SQL {
        """
        update \(decision) as d
        set verdict = 'X',
            made = true,
            contested = false,
            done = true,
            dated = \(justAfter("s.changed_at"))
        from \(stage) as s
        where s.ctid = d.staged
            and not d.done
            and exists (select from \(clash) as c where c.staged = d.staged and not c.wins)
        """
    }

    /// Just after a version, so that it takes its place everywhere and wins against nothing that a
    /// user wrote later.
    func justAfter(_ time: String) -> SQL {
        """
        case
                    when isfinite(\(raw: time)) then \(raw: time) + interval '1 microsecond'
                    else (select replication.now())
                end
        """
    }
}
