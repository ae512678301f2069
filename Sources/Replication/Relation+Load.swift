import Postgres

extension Relation {
    /// Reads the shapes of some tables of a node, by their numbers in its registry.
    static func load(_ connection: Connection, ids: [Int]) throws -> [Relation] {
        guard !ids.isEmpty else { return [] }
        return try read(connection.queries(questions(ids: ids)))
    }

    /// What is to be asked for that.
    static func questions(ids: [Int]) -> [SQL] { questions("any (\(ids))") }

    /// The same about those of some tables that are replicated; the names as `fullName`.
    static func questions(named names: [String]) -> [SQL] {
        questions("any (array(\(Connection.relationNumbers(names))))")
    }

    private static func questions(_ ids: SQL) -> [SQL] {
        [tables(ids), columns(ids), keys(ids), generated(ids), claims(ids)]
    }

    /// From the answers; what belongs to this schema comes first.
    static func read(_ answers: [[Row]]) throws -> [Relation] {
        let columns = try columns(answers[1])
        let keys = try keys(answers[2])
        let generated = try generated(answers[3])
        let claims = try claims(answers[4])
        return try answers[0].map { row in
            let id = try row.int("id")
            return Relation(
                id: id,
                schema: try row.string("schema"),
                table: try row.string("table"),
                fullName: try row.string("full_name"),
                kind: Kind(rawValue: try row.string("kind")) ?? .ordinary,
                logsColumns: try row.bool("by_columns"),
                columns: columns[id] ?? [],
                key: keys[id] ?? [],
                isKeyImmediate: try row.bool("is_key_immediate"),
                isLookedAt: try row.bool("is_looked_at"),
                hasRules: try row.bool("has_rules"),
                generated: generated[id] ?? [],
                claims: claims[id] ?? [],
                filters: try Filter.all(row),
                shortened: Set(try row.strings("shortened").compactMap { Int($0) }))
        }
    }

    private static func tables(_ ids: SQL) -> SQL {
        """
        select r.id, n.nspname as schema, c.relname as table, r.kind, r.by_columns,
            format('%I.%I', n.nspname, c.relname) as full_name,
            (
                select i.indimmediate
                from pg_index as i
                where i.indexrelid = replication.key_index(r.relid)
            ) as is_key_immediate,
            exists (
                select
                from pg_constraint as f
                    cross join lateral replication.parts_of(r.relid) as p
                where f.contype = 'f'
                    and p.relid in (f.conrelid, f.confrelid)
            ) or exists (
                select
                from replication.sequence_state as q
                where q.table_relid = r.relid
                    and q.column_name <> all (r.key)
            ) as is_looked_at, c.relhasrules as has_rules,
            \(Filter.column), \(Filter.shortened)
        from replication.relation as r
            join pg_class as c on c.oid = r.relid
            join pg_namespace as n on n.oid = c.relnamespace
        where r.id = \(ids)
        order by n.nspname = 'replication' desc, r.id
        """
    }

    private static func columns(_ ids: SQL) -> SQL {
        """
        select r.id, a.attname as name, a.attnum as number,
            format_type(a.atttypid, a.atttypmod) as type,
            b.type as base_type, b.oid::bigint as base_oid, a.attidentity = 'a' as is_always,
            a.attgenerated <> '' as is_generated,
            a.attnum = any (h.numbers) as holds_objects,
            case
                when a.attcollation <> 0 then format('%I.%I', n.nspname, c.collname)
            end as collation
        from replication.relation as r
            cross join lateral (
                select array(
                    select o.number
                    from replication.object_columns(r.relid) as o
                ) as numbers
                offset 0
            ) as h
            join pg_attribute as a on a.attrelid = r.relid
            cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b
            left join pg_collation as c on c.oid = a.attcollation
            left join pg_namespace as n on n.oid = c.collnamespace
        where r.id = \(ids)
            and a.attnum > 0
            and not a.attisdropped
            and (a.attgenerated = '' or a.attname = any (r.key))
        order by r.id, a.attnum
        """
    }

    private static func columns(_ rows: [Row]) throws -> [Int: [Column]] {
        var found: [Int: [Column]] = [:]
        for row in rows {
            found[try row.int("id"), default: []].append(
                Column(
                    name: try row.string("name"), number: try row.int("number"),
                    type: try row.string("type"),
                    baseType: try row.string("base_type"), baseOID: try row.int("base_oid"),
                    collation: try row.optionalString("collation"),
                    isAlways: try row.bool("is_always"),
                    isGenerated: try row.bool("is_generated"),
                    holdsObjects: try row.bool("holds_objects")))
        }
        return found
    }

    private static func keys(_ ids: SQL) -> SQL {
        """
        select r.id, k.name, k.equals
        from replication.relation as r
            cross join lateral replication.key_columns(r.relid) as k
        where r.id = \(ids)
        order by r.id, k.number
        """
    }

    private static func keys(_ rows: [Row]) throws -> [Int: [KeyColumn]] {
        var found: [Int: [KeyColumn]] = [:]
        for row in rows {
            found[try row.int("id"), default: []].append(
                KeyColumn(name: try row.string("name"), equals: try row.string("equals")))
        }
        return found
    }

    private static func generated(_ ids: SQL) -> SQL {
        """
        select r.id, a.attname as name, pg_get_expr(d.adbin, d.adrelid) as expression
        from replication.relation as r
            join pg_attribute as a on a.attrelid = r.relid
            join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where r.id = \(ids)
            and a.attgenerated <> ''
            and not a.attisdropped
        order by r.id, a.attnum
        """
    }

    private static func generated(_ rows: [Row]) throws -> [Int: [Generated]] {
        var found: [Int: [Generated]] = [:]
        for row in rows {
            found[try row.int("id"), default: []].append(
                Generated(name: try row.string("name"), expression: try row.string("expression")))
        }
        return found
    }

    private static func claims(_ ids: SQL) -> SQL {
        """
        select r.id, c.relname as name, i.indimmediate as is_immediate,
            i.indnullsnotdistinct as nulls_are_equal,
            pg_get_expr(i.indpred, i.indrelid, true) as predicate,
            array_agg(pg_get_indexdef(i.indexrelid, p.number::int, true)
                order by p.number) as expressions,
            array_agg(format('operator(%I.%s)', n.nspname, o.oprname)
                order by p.number) as operators
        from replication.relation as r
            join pg_index as i on i.indrelid = r.relid
            join pg_class as c on c.oid = i.indexrelid
            left join pg_constraint as x on x.conindid = i.indexrelid
                and x.conrelid = i.indrelid
                and x.conexclop is not null
            cross join unnest(i.indclass::oid[]) with ordinality as p (opclass, number)
            join pg_opclass as oc on oc.oid = p.opclass
            left join pg_amop as am on am.amopfamily = oc.opcfamily
                and am.amoplefttype = oc.opcintype
                and am.amoprighttype = oc.opcintype
                and am.amopstrategy = 3
                and x.oid is null
            join pg_operator as o on o.oid = coalesce(x.conexclop[p.number], am.amopopr)
            join pg_namespace as n on n.oid = o.oprnamespace
        where r.id = \(ids)
            and (i.indisunique or i.indisexclusion)
            and i.indisvalid
            and i.indexrelid is distinct from replication.key_index(r.relid)
            and p.number <= i.indnkeyatts
        group by r.id, c.relname, i.indexrelid, i.indrelid, i.indpred, i.indimmediate,
            i.indnullsnotdistinct
        order by r.id, c.relname
        """
    }

    private static func claims(_ rows: [Row]) throws -> [Int: [Claim]] {
        var found: [Int: [Claim]] = [:]
        for row in rows {
            let parts = zip(try row.strings("expressions"), try row.strings("operators"))
            found[try row.int("id"), default: []].append(
                Claim(
                    name: try row.string("name"),
                    parts: parts.map { KeyColumn(name: $0, equals: $1) },
                    predicate: try row.optionalString("predicate"),
                    nullsAreEqual: try row.bool("nulls_are_equal"),
                    isImmediate: try row.bool("is_immediate")))
        }
        return found
    }
}
