import Postgres

extension TestNode {
    /// The foreign keys that are not true here, each with the number of rows that break it. Asked as
    /// a user would, as nothing checks what a session in replica role wrote.
    public func brokenForeignKeys() throws -> [String] {
        let session = try Connection(conninfo, label: letter)
        let keys = try session.query(
            """
            select c.conrelid::regclass || '.' || c.conname as name,
                format('select count(*) as count from %s%s as c where %s',
                    case when cc.relkind = 'p' then '' else 'only ' end, c.conrelid::regclass,
                    format('(%s) and not exists (select from %s%s as p where %s)',
                        string_agg(format('c.%I is not null', ca.attname),
                            case c.confmatchtype when 'f' then ' or ' else ' and ' end),
                        case when pc.relkind = 'p' then '' else 'only ' end, c.confrelid::regclass,
                        string_agg(format('p.%I operator(%I.%s) c.%I', pa.attname, n.nspname,
                            o.oprname, ca.attname), ' and '))) as question
            from pg_constraint as c
                join pg_class as cc on cc.oid = c.conrelid
                join pg_class as pc on pc.oid = c.confrelid
                cross join unnest(c.conkey, c.confkey, c.conpfeqop) as k (child, parent, operator)
                join pg_attribute as ca on ca.attrelid = c.conrelid and ca.attnum = k.child
                join pg_attribute as pa on pa.attrelid = c.confrelid and pa.attnum = k.parent
                join pg_operator as o on o.oid = k.operator
                join pg_namespace as n on n.oid = o.oprnamespace
            where c.contype = 'f'
                and c.conparentid = 0
                and c.convalidated
            group by c.oid, cc.relkind, pc.relkind
            """)
        return try keys.compactMap { key in
            let name = try key.string("name")
            let question = try key.string("question")
            let count = try session.query("\(raw: question)").first?.int("count") ?? 0
            return count == 0 ? nil : "\(letter): \(name): \(count)"
        }
    }
}

extension TestTree {
    /// The foreign keys that are not true, on any node.
    public func brokenForeignKeys() throws -> [String] {
        try nodes.flatMap { try $0.brokenForeignKeys() }
    }
}
