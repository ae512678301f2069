import Postgres

/// What a node holds: how many rows each table has, and a checksum of all of them, computed by the
/// server.
struct DemoContents: Equatable {
    /// The tables in alphabetical order, each with its number of rows.
    let counts: [Int]
    let checksum: String

    /// The users' tables, and the history of conflicts, which replicates as well.
    static func tables(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select c.oid::regclass::text as name
            from pg_class as c
            where c.relkind = 'r'
                and (
                    c.relnamespace = 'public'::regnamespace
                    or c.oid = 'replication.conflict'::regclass
                )
            order by c.relname
            """
        ).map { try $0.string("name") }
    }

    /// Asks a node for the tables that are named.
    init(_ connection: Connection, tables: [String]) throws {
        let sums = try tables.map { table in
            try connection.query(
                """
                select count(*) as count,
                    md5(coalesce(string_agg(t::text, E'\\n' order by t::text collate "C"), '')) as sum
                from \(raw: table) as t
                """)
        }.joined()
        counts = try sums.map { try $0.int("count") }
        let all = try sums.map { try $0.string("sum") }.joined()
        let total = try connection.query("select md5(\(all)) as sum")
        checksum = try total.first?.string("sum") ?? ""
    }
}
