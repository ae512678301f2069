import Postgres

extension ForeignKey {
    /// The foreign keys that rows of the tables can break, from either end.
    static func all(_ connection: Connection, touching relations: [Int]) throws -> [ForeignKey] {
        guard !relations.isEmpty else { return [] }
        return try read(connection.query(question(touching: relations)))
    }

    /// What is to be asked for that.
    static func question(touching relations: [Int]) -> SQL {
        """
        select c.conname as name, c.conrelid::regclass::text as child,
            child.id as child_relation, c.confrelid::regclass::text as parent,
            parent.id as parent_relation,
            coalesce(pg_partition_root(c.confrelid) <> c.confrelid, false) as is_on_partition,
            case when cc.relkind = 'p' then '' else 'only ' end || c.conrelid::regclass
                as child_rows,
            case when pc.relkind = 'p' then '' else 'only ' end || c.confrelid::regclass
                as parent_rows,
            c.convalidated as is_validated, c.confmatchtype = 'f' as is_full,
            coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false) as is_period,
            array_agg(ca.attname::text order by k.number) as child_columns,
            array_agg(pa.attname::text order by k.number) as parent_columns,
            array_agg(format_type(pa.atttypid, pa.atttypmod) order by k.number) as types,
            array_agg(format('operator(%I.%s)', n.nspname, o.oprname) order by k.number)
                as operators
        from pg_constraint as c
            join pg_class as cc on cc.oid = c.conrelid
            join pg_class as pc on pc.oid = c.confrelid
            left join replication.relation as parent
                on parent.relid = coalesce(pg_partition_root(c.confrelid), c.confrelid)
            left join replication.relation as child
                on child.relid = coalesce(pg_partition_root(c.conrelid), c.conrelid)
            cross join unnest(c.conkey, c.confkey, c.conpfeqop) with ordinality
                as k (child, parent, operator, number)
            join pg_attribute as ca on ca.attrelid = c.conrelid and ca.attnum = k.child
            join pg_attribute as pa on pa.attrelid = c.confrelid and pa.attnum = k.parent
            join pg_operator as o on o.oid = k.operator
            join pg_namespace as n on n.oid = o.oprnamespace
        where c.contype = 'f'
            and c.conparentid = 0
            and coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true)
            and (parent.id = any (\(relations)) or child.id = any (\(relations)))
        group by c.oid, child.id, parent.id, cc.relkind, pc.relkind
        order by c.conname, c.oid
        """
    }

    /// Whether any touches the tables at all: far less to ask. Answers `yes`.
    static func isAny(touching relations: [Int]) -> SQL {
        """
        select exists (
            select
            from replication.relation as r
                cross join lateral replication.parts_of(r.relid) as p
                join pg_constraint as f on p.relid in (f.conrelid, f.confrelid)
            where r.id = any (\(relations))
                and f.contype = 'f'
        ) as yes
        """
    }

    /// From the answer.
    static func read(_ rows: [Row]) throws -> [ForeignKey] {
        try rows.map { row in
            let children = try row.strings("child_columns")
            let parents = try row.strings("parent_columns")
            let types = try row.strings("types")
            let operators = try row.strings("operators")
            return ForeignKey(
                name: try row.string("name"), child: try row.string("child"),
                childRelation: try row.optionalInt("child_relation"),
                parent: try row.string("parent"),
                parentRelation: try row.optionalInt("parent_relation"),
                isOnPartition: try row.bool("is_on_partition"),
                childRows: try row.string("child_rows"), parentRows: try row.string("parent_rows"),
                pairs: children.indices.map {
                    Pair(
                        child: children[$0], parent: parents[$0], parentType: types[$0],
                        equals: operators[$0])
                },
                isValidated: try row.bool("is_validated"), isFull: try row.bool("is_full"),
                isPeriod: try row.bool("is_period"))
        }
    }
}
