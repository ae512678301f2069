import Postgres

/// Rows of a table that have arrived, kept outside any direction's transaction, so that a link that
/// drops does not make them come again. See `sql/14_staging.sql` for what each fact means.
struct Staging: Sendable, Hashable {
    let id: Int
    /// The table's number at the target.
    let relation: Int
    let received: String?
    let layout: String
    let base: Watermark
    let since: Watermark?
    let mark: String
    let firstSeq: Int
    let isComplete: Bool

    /// Where the rows are.
    var table: SQL { "replication.staged_\(raw: String(id))" }

    var analyze: SQL { "select replication.analyze_staging(\(raw: String(id)))" }

    /// What is staged from a neighbour, by the tables' numbers.
    static func all(_ target: Connection, neighbour: Int) throws -> [Int: Staging] {
        try all(target.query(question(neighbour: neighbour)))
    }

    static func question(neighbour: Int) -> SQL {
        """
        select id, relation, received, layout, base, since, mark, first_seq, is_complete
        from replication.staging
        where neighbour = \(neighbour)
        """
    }

    /// From the answer to the question.
    static func all(_ rows: [Row]) throws -> [Int: Staging] {
        let stagings = try rows.compactMap(Staging.init)
        return Dictionary(uniqueKeysWithValues: stagings.map { ($0.relation, $0) })
    }

    private init?(_ row: Row) throws {
        guard let base = Watermark(try row.string("base")) else { return nil }
        id = try row.int("id")
        relation = try row.int("relation")
        received = try row.optionalString("received")
        layout = try row.string("layout")
        self.base = base
        since = try row.optionalString("since").flatMap(Watermark.init)
        mark = try row.string("mark")
        firstSeq = try row.int("first_seq")
        isComplete = try row.bool("is_complete")
    }

    /// Takes a snapshot of the source, and then has the source say that everything in it is safe: a
    /// commit that is on disk says so of all that were made before it. Only what `base` shows is
    /// staged.
    ///
    /// - Parameter held: the mark that the target has already, if it has one.
    static func makeBase(
        _ source: Connection, neighbour: Int, relation: Int, held: String?
    ) throws -> (base: String, mark: String) {
        let rows = try source.query("select pg_current_snapshot() as base")
        let mark = try source.transaction {
            try source.execute("set local synchronous_commit = on")
            return try source.query(
                """
                select replication.make_mark(\(neighbour)::int, \(relation)::int, \(held)::uuid)
                    as mark
                """)
        }
        guard let base = rows.first, let made = mark.first else {
            throw PostgresError("no snapshot", database: source.label)
        }
        return (try base.string("base"), try made.string("mark"))
    }

    /// Whether the source still knows the mark, and has not been emptied since: a TRUNCATE names no
    /// keys.
    func isKnown(to source: Connection, relation: Int, neighbour: Int) throws -> Bool {
        let rows = try source.query(
            """
            select exists (
                    select
                    from replication.staging_mark as m
                    where m.neighbour = \(neighbour)
                        and m.relation = \(relation)
                        and \(mark)::uuid in (m.token, m.former)
                )
                and not exists (
                    select
                    from replication.event as e
                    where e.relation = \(relation)
                        and \(base.unseen("e"))
                ) as is_known
            """)
        return try rows.first?.bool("is_known") ?? false
    }
}

/// How far a staging has come, for a person.
struct StagedRows: Sendable, Hashable {
    let table: String
    var rows: Int
    var bytes: Int
    /// The bytes that this try has brought.
    var brought = 0

    /// `1200 rows (17 MB) of public.singer`.
    var description: String {
        let size =
            bytes < 10_000_000
            ? "\((bytes + 999) / 1_000) kB" : "\((bytes + 500_000) / 1_000_000) MB"
        return "\(rows) rows (\(size)) of \(table)"
    }
}
