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

    /// Asks a node for the tables that are named. What counts of a large object is its content: its
    /// number is another one on each node.
    init(_ connection: Connection, tables: [String]) throws {
        let sums = try tables.map { table in
            let columns = try Self.columns(connection, of: table)
            return try connection.query(
                """
                select count(*) as count,
                    md5(coalesce(string_agg(t.r::text, E'\\n' order by t.r::text collate "C"), ''))
                        as sum
                from (select row(\(raw: columns)) as r from \(raw: table)) as t
                """)
        }.joined()
        counts = try sums.map { try $0.int("count") }
        let all = try sums.map { try $0.string("sum") }.joined()
        let total = try connection.query("select left(md5(\(all)), 20) as sum")
        checksum = try total.first?.string("sum") ?? ""
    }

    private static func columns(_ connection: Connection, of table: String) throws -> String {
        let rows = try connection.query(
            """
            select string_agg(
                case
                    when a.attname in (
                        select o.name from replication.object_columns(a.attrelid) as o
                    ) then format('md5(lo_get(%I))', a.attname)
                    else quote_ident(a.attname)
                end, ', ' order by a.attnum) as columns
            from pg_attribute as a
            where a.attrelid = \(table)::regclass
                and a.attnum > 0
            """)
        return try rows.first?.string("columns") ?? ""
    }
}

/// A document of the demo's: the number of its large object, and what that holds.
struct DemoDocument {
    let number: Int
    let bytes: Int
    let md5: String

    /// The first one of a node's.
    static func first(_ connection: Connection) throws -> DemoDocument? {
        try connection.query(
            """
            select lo::bigint as number, length(lo_get(lo)) as bytes, md5(lo_get(lo)) as md5
            from public.document
            order by id
            limit 1
            """
        ).first.map { row in
            DemoDocument(
                number: try row.int("number"), bytes: try row.int("bytes"),
                md5: try row.string("md5"))
        }
    }
}
