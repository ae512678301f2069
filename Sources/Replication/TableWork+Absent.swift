import Postgres

/// The statements about keys of which the source has no row: what such a key says follows from what either
/// side has had under it.
extension TableWork {
    // MARK: - Hidden rows

    /// Whether the source tells of each key whether it has made the row itself. A key without a row then
    /// says something of a row that the source does not see: what it has had of that, it has deleted; what it
    /// has made under the same key, and deleted again, is none of it. So it is where the row has left a
    /// filter behind which the target is.
    var tellsMaking: Bool {
        !terms.isFirst && !terms.isReturn && !target.isSystem && (isHome || !homes.isEmpty)
    }

    /// The neighbours of the target that send it a part of their rows, but for the source.
    private var homes: [Int] {
        target.filters.filter { number, filter in
            number != terms.source && !filter.isHome && filter.choosesRows && !filter.isExcluded
        }.keys.sorted()
    }

    /// Of the stage.
    var makingOfStage: String { tellsMaking ? ", made_there boolean" : "" }

    /// The entries of a key say by the oldest of them that is pending: only an insert shows that there was
    /// no row before. What the target sent was one of the target's.
    func loggedMaking(_ keys: SQL) -> SQL {
        guard tellsMaking else { return "" }
        return """
            ,
                        last_value(coalesce(
                            l.action = 'I' and l.via is distinct from \(raw: String(terms.target)), false
                        )) over (
                            partition by \(keys)
                            order by l.changed_at desc, l.origin desc
                            rows between unbounded preceding and unbounded following
                        ) as made_there
            """
    }

    /// What that is told by, where entries are put together with those that are asked for again.
    var loggedAction: SQL { tellsMaking ? ", l.action" : "" }

    /// Whether what the source has deleted was never the target's row.
    var isOfItsOwn: SQL { tellsMaking ? "s.made_there is true" : "true" }

    // MARK: - Deletes that are passed on

    /// Keys of pieces that neither side has a row of.
    private var missing: SQL { SQL(raw: "pg_temp.missing_\(target.id)") }

    private var keyPlaces: SQL {
        target.key.map { SQL(raw: place($0)) }.joined(separator: ", ")
    }

    var createMissing: String {
        let keys = target.key.map { key -> String in
            definition(place(key), target.columns[target.position(of: key.name) - 1])
        }
        return """
            create temporary table if not exists \(missing.text) (
                changed_at timestamptz not null, origin int not null, \(keys.joined(separator: ", "))
            ) on commit drop
            """
    }

    /// Those of the piece, and what was deleted with it: that is logged, and not passed on once more.
    var keepMissing: SQL {
        """
        insert into \(missing) (changed_at, origin, \(keyPlaces))
        select s.changed_at, s.origin, \(stagedKey)
        from \(piece) as s
        where not s.present
        """
    }

    /// Logs the deletes of rows that the target has lost without a trace, behind its triggers: the nodes
    /// behind it have them still. Its log shows it by a newest entry that is no delete. Mostly there is no
    /// entry, as the row was made and deleted at the source since the last direction; then there is nothing
    /// to pass on.
    var passOn: SQL? {
        passOn(
            from: """
                \(decision) as d
                        join \(stage) as s on s.ctid = d.staged
                """,
            where: """
                d.verdict = 'k'
                        and d.found is null
                        and not s.present
                        and
                """)
    }

    /// The same of what went straight. To be run when the rest of that is logged.
    var passOnMissing: SQL? { passOn(from: "\(missing) as s", where: "") }

    private func passOn(from keys: SQL, where condition: SQL) -> SQL? {
        guard !terms.isFirst, !terms.isReturn, !target.isSystem else { return nil }
        return """
            with gone as materialized (
                select s.ctid as place, s.changed_at, \(originOfStage) as origin, \(stagedKey)
                    \(tellsMaking ? ", s.made_there" : "" as SQL)
                from \(keys)
                where \(condition) \(hasOthers)
            ), newest as (
                select distinct on (s.place) s.place, l.changed_at, l.origin,
                    l.action <> 'D' or \(hasLeft) as is_lost
                from \(target.log) as l
                    join gone as s on \(sameKeyInLog("s", "l"))
                order by s.place, l.changed_at desc, l.origin desc
            )
            insert into \(target.log) \(logColumns)
            select \(xid), s.changed_at, s.origin, \(raw: String(terms.source)), 'D', \(stagedKey)
            from gone as s
                join newest as n on n.place = s.place
            where n.is_lost
                and not exists (
                    select
                    from replication.event as e
                    where e.relation = \(raw: String(target.id))
                        and e.kind = 'truncate'
                        and (e.changed_at, e.origin) > (n.changed_at, n.origin)
                )
                and not exists (select from \(target.rows) as t where \(sameKey("s", "t")))
            """
    }

    /// Whether there is anybody to pass something on to.
    var hasOthers: SQL {
        """
        exists (
                    select
                    from replication.neighbour as n
                    where n.number <> \(raw: String(terms.source))
                )
        """
    }

    /// Whether an entry `l` may say no more than that the row has left a filter: the home has it still, and
    /// the source, which had it too, has deleted it.
    private var hasLeft: SQL {
        guard tellsMaking, !homes.isEmpty else { return "false" }
        let numbers = homes.map(String.init).joined(separator: ", ")
        return "l.via in (\(raw: numbers)) and s.made_there is not true"
    }
}
