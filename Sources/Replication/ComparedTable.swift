import Postgres

/// One table of a comparison: both sides of it, and the statements by which their rows meet on B.
struct ComparedTable: Sendable, Hashable {
    let a: ComparedSide
    let b: ComparedSide
    /// How many rows and pages the larger of the two has, about, and whether that is A's.
    let estimate: TableSize
    let isLargerAtA: Bool

    var name: String { b.relation.fullName }

    private var id: SQL { SQL(raw: String(b.relation.id)) }

    /// The keys and hashes of A's rows, on B.
    private var hashes: SQL { "pg_temp.hashes_\(id)" }

    var createTables: String {
        """
        create temporary table \(hashes.text) (\(b.definitions), hash bigint not null) on commit drop;
        \(b.createWanted)
        """
    }

    func hashesOut(_ range: KeyRange) -> SQL { "copy (\(a.hashes(in: range))) to stdout" }
    var hashesIn: SQL { "copy \(hashes) from stdin" }
    var analyzeHashes: SQL { "analyze \(hashes) (\(raw: b.keys.joined(separator: ", ")))" }
    var emptyHashes: String { "truncate \(hashes.text)" }

    /// Notes the rows of a range that are not the same on both sides.
    func noteDifferences(in range: KeyRange) -> SQL {
        let keys = b.keys.map { key -> SQL in
            "coalesce(h.\(raw: key), t.\(raw: key))"
        }.joined(separator: ", ")
        let same = zip(b.keys, b.order).map { place, key -> SQL in
            "h.\(raw: place) \(raw: key.equals) t.\(raw: place)"
        }.joined(separator: " and ")
        return """
            insert into \(b.wanted) (\(raw: b.keys.joined(separator: ", ")), is_mine, is_theirs,
                hash)
            select \(keys), t.hash is not null, h.hash is not null, coalesce(t.hash, h.hash)
            from \(hashes) as h
                full join (\(b.hashes(in: range))) as t on \(same)
            where h.hash is distinct from t.hash
            """
    }

    /// Where the two sides sort keys in another way, a row can be in different ranges, and was found in
    /// each on one side only.
    var meetAcrossRanges: SQL {
        """
        with pair as (
            select m.number as mine, o.number as theirs, m.hash = o.hash as is_equal
            from \(b.wanted) as m
                join \(b.wanted) as o on \(b.sameKey("m", "o"))
            where m.is_mine
                and not m.is_theirs
                and o.is_theirs
                and not o.is_mine
        ), met as (
            delete from \(b.wanted) as w
            using pair as p
            where w.number = p.theirs
                or (w.number = p.mine and p.is_equal)
        )
        update \(b.wanted) as w
        set is_theirs = true
        from pair as p
        where w.number = p.mine
            and not p.is_equal
        """
    }

    // MARK: - Pending rows

    private var columns: String { "number, \(b.keys.joined(separator: ", "))" }

    /// What is left of it goes to A, too.
    var wantedOut: SQL {
        """
        copy (
            select \(raw: columns), is_theirs, is_mine from \(b.wanted)
        ) to stdout
        """
    }
    var wantedIn: SQL {
        "copy \(a.wanted) (\(raw: columns), is_mine, is_theirs) from stdin"
    }

    private var taken: SQL { "pg_temp.taken_\(id)" }
    var createTaken: String {
        "create temporary table \(taken.text) (number bigint not null) on commit drop"
    }
    var takenOut: SQL { "copy (\(a.takeOutPending) returning w.number) to stdout" }
    var takenIn: SQL { "copy \(taken) from stdin" }
    var takeOutTaken: SQL {
        "delete from \(b.wanted) as w using \(taken) as t where t.number = w.number"
    }
}

/// About how much a table holds.
struct TableSize: Sendable, Hashable {
    let rows: Int
    let pages: Int

    /// The sizes of some tables of a node, by their numbers in its registry; estimated as the planner
    /// does it.
    static func load(_ connection: Connection, ids: [Int]) throws -> [Int: TableSize] {
        let found = try connection.query(
            """
            select r.id, sum(s.pages)::bigint as pages,
                sum(case
                        when c.relpages > 0 and c.reltuples >= 0
                            then c.reltuples::float8 / c.relpages * s.pages
                        else s.pages * 80
                    end)::bigint as rows
            from replication.relation as r
                cross join lateral replication.parts_of(r.relid) as p
                join pg_class as c on c.oid = p.relid
                cross join lateral (
                    select coalesce(pg_relation_size(c.oid), 0)
                        / current_setting('block_size')::int as pages
                ) as s
            where r.id = any (\(ids))
            group by r.id
            """)
        return Dictionary(
            try found.map { row in
                let size = TableSize(rows: try row.int("rows"), pages: try row.int("pages"))
                return (try row.int("id"), size)
            }, uniquingKeysWith: { first, _ in first })
    }
}
