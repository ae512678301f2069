import Postgres

/// Keys of one table that the target could not take yet, with the versions that it was sent last.
struct Owed: Sendable, Hashable {
    /// For each key column, all its values as the text of an array.
    let keys: [String]
    /// The times, as the text of an array.
    let changedAt: String
    /// The origins, as the text of an array.
    let origins: String
}

/// The statements about rows that wait: those that are asked for again, those held back now, and
/// the list that the target keeps of them.
extension TableWork {
    /// The entries of keys that are asked for again: all of the log, seen or not, and where there is
    /// none, as the log may have been purged since, the version that is known already. A key whose
    /// newest entry came from the target itself is an echo: the target knows all there is. One that is
    /// for another neighbour alone, as all others have the row, is for this one too. Of a stand-in those
    /// alone that its log names: the others go on waiting.
    func owedEntries(_ owed: Owed) -> SQL {
        let names = source.key.indices.map { "k\($0 + 1)" }
        let arrays = owed.keys.map { "\(literal: $0)::text[]" as SQL }.joined(separator: ", ")
        let values = zip(names, source.key).map { name, key -> SQL in
            "v.\(raw: name)::\(raw: keyType(key)) as \(raw: name)"
        }.joined(separator: ", ")
        let same = zip(names, source.key).map { name, key -> SQL in
            "l.\(raw: name) \(raw: key.equals) o.\(raw: name)"
        }.joined(separator: " and ")
        let keys = names.map { SQL(raw: "coalesce(l.\($0), o.\($0))") }.joined(separator: ", ")
        return """
            select \(keys), coalesce(l.changed_at, o.changed_at), coalesce(l.origin, o.origin),
                            nullif(greatest(l.via, 0), 0)\(loggedAction)
                        from (
                            select \(values), v.changed_at, v.origin
                            from unnest(\(arrays), \(literal: owed.changedAt)::timestamptz[],
                                \(literal: owed.origins)::int[])
                                as v (\(raw: names.joined(separator: ", ")), changed_at, origin)
                        ) as o
                            \(terms.isPartial ? "join" : "left join" as SQL) \(source.log) as l
                                on \(same)
            """
    }

    private func keyType(_ key: Relation.KeyColumn) -> String {
        source.columns.first { $0.name == key.name }?.type ?? "text"
    }

    /// Whether the source has the key on its own list of rows that wait, for the target: it has not
    /// applied what the target has for it.
    var blind: SQL {
        guard isBlind, !terms.isFirst else { return "false" }
        let texts = source.key.indices.map { SQL(raw: "l.k\($0 + 1)::text") }
            .joined(separator: ", ")
        return """
            exists (
                    select
                    from replication.quarantine as q
                    where q.neighbour = \(raw: String(terms.target))
                        and q.relation = \(raw: String(source.id))
                        and q.key = array[\(texts)]
                )
            """
    }

    /// Makes the list of staged rows that are held back in this direction.
    var createHeld: String {
        """
        create temporary table if not exists \(held.text) (
            staged tid, reason text not null, constraint_name text
        ) on commit drop
        """
    }

    /// Holds back the staged rows, alias `s`, that meet a condition. Answers how many.
    func hold(_ reason: String, constraint: String?, where condition: SQL) -> SQL {
        """
        insert into \(held) (staged, reason, constraint_name)
        select s.ctid, \(reason)::text, \(constraint)::text
        from \(stage) as s
        where (\(condition))
            and not exists (select from \(held) as h where h.staged = s.ctid)
        """
    }

    /// The text of a staged row's key.
    func keyText(_ stage: String) -> SQL {
        let texts = target.key.map { key -> SQL in
            "\(raw: stage).\(raw: place(key))::text"
        }
        return "array[\(texts.joined(separator: ", "))]"
    }

    /// A row that a filter makes wait, and of which no version was ever here, is none that a TRUNCATE took.
    var unlessStranger: SQL {
        guard owed != nil, !terms.isFirst else { return "" }
        return """
             and not exists (
                    select
                    from replication.quarantine as q
                    where q.neighbour = \(raw: String(terms.source))
                        and q.relation = \(raw: String(target.id))
                        and q.key = \(keyText("s"))
                        and not q.was_here
                )
            """
    }

    /// Takes from the list what has arrived and is no longer held back. In the first direction over
    /// a new edge all that is not: everything was sent.
    var release: SQL {
        let stillHeld: SQL =
            isHolding
            ? """
            not exists (
                    select
                    from \(held) as h
                        join \(stage) as s on s.ctid = h.staged
                    where \(keyText("s")) = q.key
                )
            """ : "true"
        let arrived: SQL =
            terms.isFirst
            ? "true" : "exists (select from \(stage) as s where \(keyText("s")) = q.key)"
        return """
            delete from replication.quarantine as q
            where q.neighbour = \(raw: String(terms.source))
                and q.relation = \(raw: String(target.id))
                and \(arrived)
                and \(stillHeld)
            """
    }

    /// Puts on the list what is held back; what stands there already keeps the time since when. Over an edge
    /// with a filter, rows wait for good, and are noted as never here; but for those of which a TRUNCATE
    /// that the source has not seen may have taken a version.
    var enlist: [SQL] {
        let heldRows: SQL = """
            (
                select \(keyText("s")) as key, s.changed_at, s.origin, h.reason, h.constraint_name,
                    exists (select from \(target.rows) as t where \(sameKey("s", "t"))) as is_here
                from \(held) as h
                    join \(stage) as s on s.ctid = h.staged
            )
            """
        let same: SQL = """
            q.neighbour = \(raw: String(terms.source))
                and q.relation = \(raw: String(target.id))
                and q.key = h.key
            """
        return [
            """
            update replication.quarantine as q
            set changed_at = h.changed_at,
                origin = h.origin,
                reason = h.reason,
                constraint_name = h.constraint_name,
                was_here = q.was_here or h.is_here
            from \(heldRows) as h
            where \(same)
                and (q.changed_at, q.origin, q.reason, q.constraint_name, q.was_here)
                    is distinct from (h.changed_at, h.origin, h.reason, h.constraint_name,
                        q.was_here or h.is_here)
            """,
            """
            insert into replication.quarantine (neighbour, relation, key, changed_at, origin, reason,
                constraint_name, was_here)
            select \(raw: String(terms.source)), \(raw: String(target.id)), h.key, h.changed_at,
                h.origin, h.reason, h.constraint_name,
                h.is_here or not \(hasNoTruncate) or not exists (
                    select
                    from replication.filter as f
                    where f.neighbour = \(raw: String(terms.source))
                        and not f.is_home
                )
            from \(heldRows) as h
            where not exists (select from replication.quarantine as q where \(same))
            """,
        ]
    }
}

/// Finding the rows to blame by trying.
extension TableWork {
    /// Some of the staged rows.
    enum Part {
        case pages(Range<Int>)
        case places([String])
    }

    /// How many pages the stage has.
    var stagePages: SQL {
        """
        select pg_relation_size(\(literal: stage.text)) / current_setting('block_size')::int as pages
        """
    }

    private func isIn(_ part: Part) -> SQL {
        let chosen: SQL
        switch part {
        case .pages(let pages):
            let first = "(\(pages.lowerBound),0)"
            let next = "(\(pages.upperBound),0)"
            chosen = "s.ctid >= \(first)::text::tid and s.ctid < \(next)::text::tid"
        case .places(let places):
            chosen = "s.ctid = any (\(places)::text[]::tid[])"
        }
        let isFree: SQL =
            isHolding
            ? "not exists (select from \(held) as h where h.staged = s.ctid)" : "true"
        return "\(chosen) and s.present and not s.echo and \(isFree)"
    }

    /// Where the rows of a part stand.
    func stagedPlaces(_ part: Part) -> SQL {
        "select s.ctid::text as staged from \(stage) as s where \(isIn(part))"
    }

    /// Applies a part of the staged rows, whatever the decisions: those that are there, and new
    /// ones.
    func attempt(_ part: Part) -> [SQL] {
        let isThere: SQL = """
            exists (select from \(target.rows) as t where \(sameKey("s", "t")))
            """
        return [
            """
            update \(target.rows) as t
            set \(assignments)
            from \(stage) as s
            where \(sameKey("s", "t"))
                and \(isIn(part))
            """,
            """
            insert into \(target.name) (\(columnNames))
            overriding system value
            select \(stagedValues)
            from \(stage) as s
            where \(isIn(part))
                and not \(isThere)
            """,
        ]
    }

    /// Whether an error is about a value that one row at a time can claim: those are settled by
    /// other means.
    func isClaim(_ constraint: String?) -> Bool {
        target.claims.contains { $0.name == constraint }
    }
}
