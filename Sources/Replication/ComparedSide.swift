import Postgres

/// One table of a comparison as one of the two sides has it: the statements about its rows. Keys are
/// k1, k2, ... in temporary tables, in the order in which A's index has them.
struct ComparedSide: Sendable, Hashable {
    /// How a row becomes a number. The sum of these numbers is what ranges of rows are compared by: equal
    /// numbers do not cancel out as with XOR.
    enum Digest: Sendable, Hashable {
        /// The server's own hash of 64 bits; the same on servers with one byte order and encoding.
        case native
        /// Half of an MD5, of the text in UTF-8.
        case portable
    }

    /// The table, with the columns that both sides have.
    let relation: Relation
    /// Its key, in the order that both sides go by.
    let order: [KeyOrder]
    /// The columns that are compared, in one order on both sides.
    let columns: [String]
    let digest: Digest
    /// The number of this side's node, and the other's.
    let node: Int
    let neighbour: Int
    /// How much of this side's log the other has applied.
    let applied: Watermark

    private var id: SQL { SQL(raw: String(relation.id)) }
    /// What the other side sees of it.
    private var rows: SQL { relation.rows(for: neighbour) }
    var keys: [String] { order.indices.map { "k\($0 + 1)" } }

    func keys(_ alias: String) -> SQL {
        SQL(raw: keys.map { "\(alias).\($0)" }.joined(separator: ", "))
    }

    /// The definitions of the key columns for a temporary table.
    var definitions: String {
        zip(keys, order).map { "\($0) \(relation.keyType($1.name))" }.joined(separator: ", ")
    }

    /// The key of a row `t`.
    private func column(_ number: Int) -> SQL { "t.\(id: order[number].name)" }
    var keysOfRow: SQL {
        order.indices.map { "\(column($0)) as \(raw: keys[$0])" as SQL }.joined(separator: ", ")
    }

    /// Two rows have one key; each is the row `t`, or one of a temporary table.
    func sameKey(_ one: String, _ other: String) -> SQL {
        let value = { (alias: String, number: Int) -> SQL in
            alias == "t" ? column(number) : "\(raw: alias).\(raw: keys[number])"
        }
        return order.enumerated().map { number, key -> SQL in
            "\(value(one, number)) \(raw: key.equals) \(value(other, number))"
        }.joined(separator: " and ")
    }

    func whereIn(_ range: KeyRange) -> SQL {
        range.contains(order, column).map { "where \($0)" } ?? ""
    }

    /// The text of a row says all that its image does, under the settings of our sessions; unlike the
    /// image it does not depend on a database's own numbers of types. A record is written by the output
    /// functions of its columns, whatever casts users have made.
    var hash: SQL {
        let row: SQL = """
            row(\(columns.map { "t.\(id: $0)" as SQL }.joined(separator: ", ")))::text
            """
        switch digest {
        case .native: return "hashtextextended(\(row) collate \"C\", 0)"
        case .portable:
            return "('x' || left(md5(convert_to(\(row), 'UTF8')), 16))::bit(64)::bigint"
        }
    }

    // MARK: - Sums

    /// The rows and the sum of the hashes of each part into which some keys cut a range: `bit0`, `bit1`, ...,
    /// `rows`, `sum`. `KeySearch` says which part the bits mean.
    ///
    /// The part is not one number, as the planner would expect a group for each row then: a sort of the
    /// whole table, or a hash table by one process alone. Of truth values it knows that there are two.
    func sums(of range: KeyRange, _ search: KeySearch) -> SQL {
        let bits = search.bits { order.isBehind($0, column) }
        let names = bits.enumerated().map { "\($1) as bit\(raw: String($0))," as SQL }
        let groups = bits.indices.map { "bit\($0)" }.joined(separator: ", ")
        return """
            select \(names.joined(separator: "\n    ")) count(*) as rows, sum(\(hash)) as sum
            from \(rows) as t
            \(whereIn(range))
            \(raw: groups.isEmpty ? "" : "group by \(groups)")
            """
    }

    /// Keys that cut a range into so many parts of about one size.
    func bounds(of range: KeyRange, parts: Int) -> SQL {
        bounds(parts: parts, from: "\(rows) as t \(whereIn(range))")
    }

    /// The same of a whole table, from a sample of so many percent of its pages.
    func bounds(parts: Int, percent: Double) -> SQL {
        let sample = SQL(raw: String(max(percent, 0.000_001)))
        return bounds(
            parts: parts, from: "\(relation.rows) as t tablesample system (\(sample))")
    }

    private func bounds(parts: Int, from rows: SQL) -> SQL {
        let parts = SQL(raw: String(parts))
        return """
            select \(keys("r"))
            from (
                select \(keys("s")), row_number() over (order by \(order.ordered {
                    "s.\(raw: keys[$0])"
                })) as n, count(*) over () as total
                from (select \(keysOfRow) from \(rows)) as s
            ) as r
            where r.n < r.total
                and r.n * \(parts) / r.total > (r.n - 1) * \(parts) / r.total
            order by r.n
            """
    }

    // MARK: - Rows

    /// The keys and the hashes of the rows in a range.
    func hashes(in range: KeyRange) -> SQL {
        """
        select \(keysOfRow), \(hash) as hash
        from \(rows) as t
        \(whereIn(range))
        """
    }

    /// Keys of rows that differ, which this side is asked about: `is_mine`, `is_theirs` say on which
    /// sides there is a row.
    var wanted: SQL { "pg_temp.wanted_\(id)" }

    var createWanted: String {
        """
        create temporary table \(wanted.text) (
            number bigint generated by default as identity primary key, \(definitions),
            is_mine boolean not null, is_theirs boolean not null, hash bigint) on commit drop
        """
    }

    var countWanted: SQL {
        """
        select count(*) filter (where w.is_mine and not w.is_theirs) as mine,
            count(*) filter (where w.is_theirs and not w.is_mine) as theirs,
            count(*) filter (where w.is_mine and w.is_theirs) as both
        from \(wanted) as w
        """
    }

    private var pending: SQL {
        relation.pendingKeys(for: neighbour, applied: applied, order.map(\.name))
    }

    /// Whether the other side has still to hear that the table was emptied.
    private var isTruncatePending: SQL {
        """
        exists (
            select
            from replication.event as e
            where e.relation = \(id)
                and e.kind = 'truncate'
                and \(applied.unseen("e"))
                and replication.is_for(e.via, \(raw: String(neighbour)))
        )
        """
    }

    /// Takes those that the next sync will see to out of the keys that were asked about.
    var takeOutPending: SQL {
        """
        delete from \(wanted) as w
        where (w.is_theirs and not w.is_mine and \(isTruncatePending))
            or exists (select from \(pending) as p where \(sameKey("w", "p")))
        """
    }

    /// The first of those that are left.
    func firstWanted(_ limit: Int) -> SQL {
        "select number from \(wanted) order by number limit \(limit)"
    }

    /// The values of some of the rows that were asked about: c1, c2, ...; of a long one its begin.
    func values(of numbers: [Int], longest: Int) -> SQL {
        let list = numbers.map(String.init).joined(separator: ",")
        let longest = SQL(raw: String(longest))
        let values = columns.enumerated().map { number, name -> SQL in
            let value: SQL = "t.\(id: name)"
            return """
                (
                        select case
                            when length(v.text) <= \(longest) then v.text
                            else format('%s... (%s characters, MD5 %s)', left(v.text, \(longest)),
                                length(v.text), md5(v.text))
                        end
                        from format('%s', \(value)) as v (text)
                        where num_nulls(\(value)) = 0
                    ) as c\(raw: String(number + 1))
                """
        }
        return """
            select w.number, \(values.joined(separator: ",\n    "))
            from \(wanted) as w
                join \(rows) as t on \(sameKey("t", "w"))
            where w.number = any ('{\(raw: list)}'::bigint[])
            """
    }

    /// The same keys as json.
    func keysAsJson(of numbers: [Int]) -> SQL {
        let list = numbers.map(String.init).joined(separator: ",")
        let key = zip(keys, order).map { "w.\(raw: $0) as \(id: $1.name)" as SQL }
            .joined(separator: ", ")
        return """
            select w.number, w.is_mine, w.is_theirs,
                (select row_to_json(x.*) from (select \(key)) as x)::text as key
            from \(wanted) as w
            where w.number = any ('{\(raw: list)}'::bigint[])
            order by w.number
            """
    }

    // MARK: - Repair

    private var loggedKeys: SQL {
        relation.key.map { key -> SQL in
            "w.k\(raw: String((order.firstIndex { $0.name == key.name } ?? 0) + 1))"
        }.joined(separator: ", ")
    }

    private var logColumns: SQL {
        let keys = relation.key.indices.map { "k\($0 + 1)" }.joined(separator: ", ")
        return "(xid, changed_at, origin, via, action, \(raw: keys))"
    }

    /// Logs all that differs as if it had just been changed here.
    var logAsChanged: SQL {
        """
        insert into \(relation.log) \(logColumns)
        select (select pg_current_xact_id()::text::bigint), (select replication.now()),
            \(raw: String(node)), null,
            case when not w.is_mine then 'D' when w.is_theirs then 'U' else 'I' end::"char",
            \(loggedKeys)
        from \(wanted) as w
        """
    }

    /// Logs what this side has of it as a rival that loses to the other side's, whatever the policy: so
    /// it stands in the history of conflicts.
    var logAsLosing: SQL {
        """
        insert into \(relation.log) \(logColumns)
        select (select pg_current_xact_id()::text::bigint), '-infinity',
            \(raw: String(TableWork.nobody)), \(raw: String(-neighbour)), 'U',
            \(loggedKeys)
        from \(wanted) as w
        where w.is_mine
        """
    }
}
