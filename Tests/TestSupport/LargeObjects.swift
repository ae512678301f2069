import Foundation
import Postgres

/// What a large object holds, without any of the functions that are tested: its size and MD5 sum. A
/// number of no object is none, whatever it is.
let objectContent = """
    create function pg_temp.content(lo bigint) returns text language sql as $$
        select case
            when lo is not null then coalesce((
                select length(lo_get(m.oid)) || ':' || md5(lo_get(m.oid))
                from pg_largeobject_metadata as m
                where m.oid::bigint = lo
            ), 'no object')
        end
    $$
    """

extension TestNode {
    /// The large objects that neither a row of a replicated table names nor the history of conflicts.
    /// (vacuumlo counts fewer: what any column of the type oid names is none to it.)
    public func orphans() throws -> [Int] {
        let columns = try connection.query(
            """
            select r.relid::text as name, o.name as column
            from replication.relation as r
                cross join lateral replication.object_columns(r.relid) as o
            """)
        let named = try columns.map { row -> String in
            let column = quoteIdentifier(try row.string("column"))
            return
                "select \(column)::bigint from \(try row.string("name")) where \(column) is not null"
        }
        let all = (named + ["select lo::bigint from replication.kept_object"])
            .joined(separator: " union all ")
        return try connection.query(
            """
            select m.oid::bigint as lo
            from pg_largeobject_metadata as m
            where m.oid::bigint not in (\(raw: all))
            order by 1
            """
        ).map { try $0.int("lo") }
    }
}
