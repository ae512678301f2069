import Postgres
import TestSupport

/// What a user finds in the catalog of one node. All names tell whose they are: `t3_17` was made on C.
struct RandomCatalog {
    /// A column of a table.
    struct Column {
        let name: String
        let type: String
        let isKey: Bool
        let hasDefault: Bool
        let isIdentity: Bool
        /// What values it can have, where it is of an enum.
        let labels: [String]

        /// Who alone changes it.
        var owner: Int? { RandomCatalog.owner(of: name) }
        /// `c`: anything; `n`: never null; `u`: unique, perhaps; `f`: refers to the table root; `g`: made
        /// by its default.
        var kind: Character { name.first ?? " " }
    }

    /// A table, or a partition.
    struct Table {
        let schema: String
        let name: String
        let isPartitioned: Bool
        let isPartition: Bool
        var columns: [Column] = []
        let constraints: [String]
        let indexes: [String]

        /// Who alone renames and drops it.
        var owner: Int? { RandomCatalog.owner(of: name) }
        /// Whether every node may add columns and constraints of its own: `s`.
        var isShared: Bool { name.hasPrefix("s") }
        /// The name for statements, whatever the search path.
        var full: String { "\(schema).\(name)" }
        var key: [Column] { columns.filter(\.isKey) }
        /// The region of a table that was a partition, or is to become one.
        var region: Int? { name.split(separator: "r").last.flatMap { Int($0) } }
    }

    var tables: [Table] = []
    var views: [String] = []
    var functions: [String] = []
    var enums: [String] = []

    /// The number of the node in a name as `t3_17`.
    static func owner(of name: String) -> Int? {
        let digit = name.dropFirst().prefix { $0 != "_" }
        return name.contains("_") ? Int(digit) : nil
    }

    init(_ session: Connection) throws {
        for row in try session.query("\(raw: Self.question)") {
            let name = try row.string("relname")
            if tables.last?.name != name {
                tables.append(
                    Table(
                        schema: try row.string("nspname"), name: name,
                        isPartitioned: try row.bool("is_partitioned"),
                        isPartition: try row.bool("relispartition"),
                        constraints: try row.strings("constraints"),
                        indexes: try row.strings("indexes")))
            }
            tables[tables.count - 1].columns.append(
                Column(
                    name: try row.string("attname"), type: try row.string("type"),
                    isKey: try row.bool("is_key"), hasDefault: try row.bool("atthasdef"),
                    isIdentity: try row.bool("is_identity"), labels: try row.strings("labels")))
        }
        let others = try session.query(
            """
            select 'v' as kind, c.oid::regclass::text as name
            from pg_catalog.pg_class as c
            where c.relkind = 'v'
                and c.relnamespace in ('public'::regnamespace, 'app'::regnamespace)
            union all
            select 'f', p.oid::regproc::text
            from pg_catalog.pg_proc as p
            where p.pronamespace in ('public'::regnamespace, 'app'::regnamespace)
            union all
            select 'e', t.oid::regtype::text
            from pg_catalog.pg_type as t
            where t.typtype = 'e'
                and t.typnamespace in ('public'::regnamespace, 'app'::regnamespace)
            order by 1, 2
            """)
        for row in others {
            let name = try row.string("name")
            switch try row.string("kind") {
            case "v": views.append(name)
            case "f": functions.append(name)
            default: enums.append(name)
            }
        }
    }

    private static let question = """
        select n.nspname, c.relname, c.relkind = 'p' as is_partitioned, c.relispartition,
            a.attname, format_type(a.atttypid, a.atttypmod) as type, a.atthasdef,
            a.attidentity <> '' as is_identity,
            exists (
                select
                from pg_catalog.pg_index as i
                where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey)
            ) as is_key,
            array(
                select e.enumlabel::text
                from pg_catalog.pg_enum as e
                where e.enumtypid = a.atttypid
                order by e.enumsortorder
            ) as labels,
            array(
                select k.conname::text
                from pg_catalog.pg_constraint as k
                where k.conrelid = c.oid and k.conname ~ '^k[0-9]_' and k.coninhcount = 0
                order by k.conname collate "C"
            ) as constraints,
            array(
                select x.oid::regclass::text
                from pg_catalog.pg_index as i
                    join pg_catalog.pg_class as x on x.oid = i.indexrelid
                where i.indrelid = c.oid and x.relname ~ '^i[0-9]_'
                order by x.relname collate "C"
            ) as indexes
        from pg_catalog.pg_class as c
            join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            join pg_catalog.pg_attribute as a on a.attrelid = c.oid
        where n.nspname in ('public', 'app')
            and c.relkind in ('r', 'p')
            and a.attnum > 0
            and not a.attisdropped
        order by c.relname collate "C", a.attname collate "C"
        """
}
