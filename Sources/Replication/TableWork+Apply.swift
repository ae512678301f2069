import Postgres

/// Every UPDATE and DELETE carries the row's place and version as the decision saw them, so that a
/// user's newer row is never overwritten: the statement finds nothing, and the key is decided again.
extension TableWork {
    var isAsSeen: SQL {
        "not d.done and t.ctid = d.found and t.xmin = d.found_xmin and t.tableoid = d.found_table"
    }

    /// Deletes the rows with a verdict.
    func delete(_ verdict: Verdict = .delete) -> SQL {
        let delete: SQL = """
            delete from \(target.rows) as t
            using \(decision) as d
            where d.verdict = '\(raw: verdict.rawValue)'
                and \(isAsSeen)
            """
        return verdict == .replace ? puttingAside(delete) : delete
    }

    /// Updates all columns, the key's too: a citext key may have changed its case. `condition` can
    /// hold some back for later.
    func update(where condition: SQL = "true") -> SQL {
        """
        update \(target.rows) as t
        set \(assignments)
        from \(decision) as d
            join \(stage) as s on s.ctid = d.staged
        where d.verdict = 'U'
            and \(isAsSeen)
            and \(condition)
        """
    }

    /// Staged values for all columns that an UPDATE can set.
    var assignments: SQL {
        settable.map { place, column -> SQL in "\(id: column.name) = s.\(raw: place)" }
            .joined(separator: ", ")
    }

    /// What an UPDATE can set.
    private var settable: [(place: String, column: Relation.Column)] {
        insertable.filter { !$0.column.isAlways }
    }

    /// What an INSERT can set.
    private var insertable: [(place: String, column: Relation.Column)] {
        places.filter { !$0.column.isGenerated }
    }

    /// The columns that an INSERT can set.
    var columnNames: SQL {
        insertable.map { "\(id: $0.column.name)" as SQL }.joined(separator: ", ")
    }

    /// Inserts the rows with a verdict; an identity column keeps the sender's value. A row that is
    /// in the way is left alone, unless `isPlain`: then it is an error of the server, that says
    /// what is in the way.
    func insert(_ verdict: Verdict = .insert, isPlain: Bool = false) -> SQL {
        """
        insert into \(target.name) (\(columnNames)\(verdict == .replace ? hiddenNames : ""))
        overriding system value
        select \(stagedValues)\(verdict == .replace ? valuesPutAside : "")
        from \(decision) as d
            join \(stage) as s on s.ctid = d.staged
            \(verdict == .replace ? joinAside : "")
        where d.verdict = '\(raw: verdict.rawValue)'
            and not d.done
        \(isPlain ? "" : unlessInTheWay)
        """
    }

    /// Staged values for all columns that an INSERT can set.
    var stagedValues: SQL {
        insertable.map { SQL(raw: "s.\($0.place)") }.joined(separator: ", ")
    }

    /// A deferrable constraint cannot be the arbiter of ON CONFLICT.
    private var unlessInTheWay: SQL {
        !hasDeferrable
            ? "on conflict do nothing"
            : "and not exists (select from \(target.rows) as t where \(sameKey("s", "t")))"
    }

    /// Applies the rows that a function made of two: an UPDATE and an INSERT.
    var applyMerged: [SQL] {
        let record = insertable.map { _, column -> SQL in
            "\(id: column.name) \(raw: column.type)"
        }.joined(separator: ", ")
        let assignments = settable.map { _, column -> SQL in
            "\(id: column.name) = r.\(id: column.name)"
        }.joined(separator: ", ")
        return [
            """
            update \(target.rows) as t
            set \(assignments)
            from \(decision) as d
                cross join lateral jsonb_to_record(d.merged) as r (\(record))
            where d.verdict = 'M'
                and \(isAsSeen)
            """,
            """
            insert into \(target.name) (\(columnNames))
            overriding system value
            select r.*
            from \(decision) as d
                cross join lateral jsonb_to_record(d.merged) as r (\(record))
            where d.verdict = 'M'
                and not d.done
                and d.found is null
            on conflict do nothing
            """,
        ]
    }

    /// Withdraws the decisions that were not carried out, because the row had changed: they are made
    /// again. Run only where a statement did fewer rows than there were decisions.
    var withdrawUndone: SQL {
        """
        delete from \(decision) as d
        using \(stage) as s
        where s.ctid = d.staged
            and d.verdict in ('I', 'U', 'D', 'R')
            and case
                when d.verdict = 'D' then exists (
                    select
                    from \(target.rows) as t
                    where \(sameKey("s", "t"))
                )
                else not exists (
                    select
                    from \(target.rows) as t
                    where \(sameKey("s", "t"))
                        and \(imageOfRow("t")) *= \(imageOfStage("s"))
                )
            end
        """
    }

    /// Locks the rows that both sides have alike but that take the source's newer name: a user may
    /// be about to change one, and that change must not get an older name than this. Answers how
    /// many there are and how many of them are still as seen.
    var lockSame: SQL {
        """
        with wanted as materialized (
            select d.found, d.found_xmin, d.found_table, d.done
            from \(decision) as d
                join \(stage) as s on s.ctid = d.staged
            where d.verdict = '='
                and not d.done
                and isfinite(s.changed_at)
        ), locked as materialized (
            select
            from \(target.rows) as t
                join wanted as d on \(isAsSeen)
            for no key update of t
        )
        select (select count(*) from wanted) as wanted, (select count(*) from locked) as locked
        """
    }

    /// Withdraws the decisions about rows that were alike and are not as seen any more.
    var withdrawSame: SQL {
        """
        delete from \(decision) as d
        where d.verdict = '='
            and not d.done
            and not exists (
                select
                from \(target.rows) as t
                where \(isAsSeen)
            )
        """
    }

    /// Ends a round: what is left now has been carried out.
    var markDone: SQL { "update \(decision) set done = true where not done" }

    /// How many decisions of this round there are of each kind.
    var countVerdicts: SQL {
        """
        select verdict, contested, count(*) as count
        from \(decision)
        where not done
        group by verdict, contested
        """
    }

    /// How many decisions there are of each kind in the end.
    var summary: SQL {
        """
        select verdict, contested, made, dated is not null as clashed, count(*) as count
        from \(decision)
        where contested is not null
        group by verdict, contested, made, clashed
        """
    }

    /// Turns the updates that are still to be done into replacements: rows that exchange unique
    /// values among each other, so that none of them can go first.
    var replaceRemaining: SQL {
        """
        update \(decision) as d
        set verdict = 'R'
        from \(target.rows) as t
        where d.verdict = 'U'
            and \(isAsSeen)
        """
    }
}
