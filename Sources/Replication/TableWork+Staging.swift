import Postgres

/// The statements that stage a table before a direction begins, in the order of its key.
extension TableWork {
    /// What a staging must have been begun with: another shape of the table on either side, another
    /// place of its rows at the source, as after a rewrite, or other rules of what is sent end it.
    func layout(storage: String) -> String {
        let columns = { (relation: Relation) -> String in
            relation.columns.map { "\($0.name) \($0.type) \($0.baseType) \($0.collation ?? "")" }
                .joined(separator: ", ")
        }
        let keys = source.key.map { "\($0.name) \($0.equals)" }.joined(separator: ", ")
        return """
            source \(source.id) \(source.kind.rawValue): \(columns(source)); key \(keys)
            stored \(storage)
            target \(target.id): \(columns(target))
            \(isBinary ? "binary" : "text")\(source.logsColumns ? ", by columns" : "")\
            \(isTruncated ? ", truncated" : "")\(terms.isReturn ? ", returning" : "")\
            \(source.filters[terms.target].map { ", filter \($0.id)" } ?? "")\
            \(tellsMaking ? ", with what was made" : "")
            """
    }

    /// The rows of the staging's base that have not arrived yet: those of keys all of whose entries
    /// the base shows. `boundary` is the key of the last one that did.
    func stageOut(_ staging: Staging, order: [KeyOrder], after boundary: [String]?) -> SQL {
        let after = { (alias: String, prefix: String?) -> [SQL] in
            boundary.map { [isAfter(alias, prefix, order, $0)] } ?? []
        }
        guard terms.isReturn || terms.isFirst && staging.since == nil else {
            let changed = staging.since.map { [(name: "is_changed", since: $0)] } ?? []
            return pendingRows(
                where: ["not l.is_newer"] + changed.map { "l.\(raw: $0.name)" } + after("l", "k"),
                marks: [(name: "is_newer", since: staging.base)] + changed,
                order: "order by \(order.ordered { "l.k\(raw: String($0 + 1))" })")
        }
        let changed = staging.since.map { [hasEntryOfEither($0)] } ?? []
        let rows = after("x", nil).map { condition -> SQL in
            """
            (
                    select x.tableoid, x.*
                    from \(source.rows) as x
                    where \(condition)
                        and \(source.isShown("x", to: terms.target))
                )
            """
        }.first
        return allRows(
            entries: whereAll(sendable + after("l", "k")), rows: rows,
            where: whereAll(["not \(hasEntryOfEither(staging.base))"] + changed),
            order: """
                order by \(order.ordered { number in
                    "coalesce(t.\(id: source.key[number].name), l.k\(raw: String(number + 1)))"
                })
                """)
    }

    /// The entries of a whole table that count.
    private var sendable: [SQL] { pendingAtSource.map { [$0] } ?? [] }

    private func whereAll(_ conditions: [SQL]) -> SQL {
        conditions.isEmpty ? "" : "where \(conditions.joined(separator: " and "))"
    }

    /// Whether the key of a row, or of an entry, is behind another one.
    private func isAfter(
        _ alias: String, _ prefix: String?, _ order: [KeyOrder], _ boundary: [String]
    ) -> SQL {
        order.isBehind(boundary) { number in
            prefix.map { "\(raw: alias).\(raw: $0)\(raw: String(number + 1))" }
                ?? "\(raw: alias).\(id: order[number].name)"
        }
    }

    /// Whether the log has an entry, whomever it is for, that a snapshot does not show, of the key of a row
    /// `t`, or of an entry `l` without one.
    private func hasEntryOfEither(_ snapshot: Watermark) -> SQL {
        let same = source.key.enumerated().map { number, key -> SQL in
            let place = "k\(number + 1)"
            return "n.\(raw: place) \(raw: key.equals) coalesce(t.\(id: key.name), l.\(raw: place))"
        }.joined(separator: " and ")
        return """
            exists (
                select
                from \(source.log) as n
                where \(snapshot.unseen("n"))
                    and \(same)
            )
            """
    }

    // MARK: - What has changed since

    private var gone: SQL { "pg_temp.gone_\(raw: String(target.id))" }

    private var keyPlaces: SQL {
        target.key.map { SQL(raw: place($0)) }.joined(separator: ", ")
    }

    /// Makes the table for the keys of what has changed since.
    var createGone: String {
        let columns = target.key.map { key -> String in
            let position = target.position(of: key.name)
            return definition(place(key), target.columns[position - 1])
        }
        return """
            create temporary table \(gone.text) (\(columns.joined(separator: ", "))) on commit drop
            """
    }

    /// The keys that have changed since a snapshot, for whomever, and those that wait at the source
    /// now: no log says when they began to, or ceased.
    func goneOut(_ base: Watermark) -> SQL {
        """
        copy (
            select distinct \(logKeysInOrderOfTarget)
            from \(source.log) as l
            where \(base.unseen("l"))
                or \(blind)
        ) to stdout \(format)
        """
    }

    /// The key's columns may stand in another order in the target's index.
    private var logKeysInOrderOfTarget: SQL {
        target.key.map { key -> SQL in
            let number = source.key.firstIndex { $0.name == key.name } ?? 0
            return "l.k\(raw: String(number + 1))"
        }.joined(separator: ", ")
    }

    var goneIn: SQL { "copy \(gone) (\(keyPlaces)) from stdin \(format)" }

    /// Removes them from the stage.
    var removeGone: SQL {
        let same = target.key.map { key -> SQL in
            "g.\(raw: place(key)) \(raw: key.equals) s.\(raw: place(key))"
        }.joined(separator: " and ")
        return "delete from \(stage) as s using \(gone) as g where \(same)"
    }

    /// Removes the keys that the target is owed: they are asked for again.
    var removeOwed: SQL {
        """
        delete from \(stage) as s
        where \(keyText("s")) in (
                select q.key
                from replication.quarantine as q
                where q.neighbour = \(raw: String(terms.source))
                    and q.relation = \(raw: String(target.id))
            )
        """
    }

    /// The rows that have been removed so, as far as they are pending or owed. A node that returns
    /// sends rows as well of which nothing is pending.
    func changedOut(_ base: Watermark) -> SQL {
        guard terms.isReturn else {
            return pendingRows(
                where: ["(l.is_newer or \(blind))"], marks: [(name: "is_newer", since: base)])
        }
        return allRows(entries: whereAll(sendable), where: whereAll([hasEntryOfEither(base)]))
    }

    /// How many rows are staged, and how many bytes they take.
    var sizeOfStage: SQL {
        """
        select count(*) as rows, pg_table_size(\(literal: stage.text)::regclass) as bytes
        from \(stage)
        """
    }

    /// The key that arrived last: b1, b2, ... in the order of the source's index.
    func lastStaged(_ staging: Staging) -> SQL {
        let columns = source.key.enumerated().map { number, key -> SQL in
            "s.\(raw: place(key)) as b\(raw: String(number + 1))"
        }.joined(separator: ", ")
        return """
            select \(columns)
            from \(stage) as s
            where s.seq >= \(raw: String(staging.firstSeq))
            order by s.seq desc
            limit 1
            """
    }
}
