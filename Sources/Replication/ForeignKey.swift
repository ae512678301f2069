import Postgres

/// A foreign key of the target, which replica role does not check: the direction proves it itself.
struct ForeignKey: Sendable, Hashable {
    /// One column of it on both sides, and the operator that compares them (parent left).
    struct Pair: Sendable, Hashable {
        let child: String
        let parent: String
        let parentType: String
        let equals: String
    }

    let name: String
    /// The referring table, as one writes it; it need not be replicated.
    let child: String
    /// Its number in the registry; nil where it is not replicated.
    let childRelation: Int?
    let parent: String
    let parentRelation: Int
    let pairs: [Pair]
    /// NOT VALID: rows from before may break it.
    let isValidated: Bool

    /// The foreign keys that rows of the tables can break, from either end.
    static func all(_ connection: Connection, touching relations: [Int]) throws -> [ForeignKey] {
        let rows = try connection.query(
            """
            select c.conname as name, c.conrelid::regclass::text as child,
                child.id as child_relation, c.confrelid::regclass::text as parent,
                parent.id as parent_relation, c.convalidated as is_validated,
                array_agg(ca.attname::text order by k.number) as child_columns,
                array_agg(pa.attname::text order by k.number) as parent_columns,
                array_agg(format_type(pa.atttypid, pa.atttypmod) order by k.number) as types,
                array_agg(format('operator(%I.%s)', n.nspname, o.oprname) order by k.number)
                    as operators
            from pg_constraint as c
                join replication.relation as parent on parent.relid = c.confrelid
                left join replication.relation as child on child.relid = c.conrelid
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
            group by c.oid, c.conname, c.conrelid, c.confrelid, child.id, parent.id, c.convalidated
            order by c.conname, c.oid
            """)
        return try rows.map { row in
            let children = try row.strings("child_columns")
            let parents = try row.strings("parent_columns")
            let types = try row.strings("types")
            let operators = try row.strings("operators")
            return ForeignKey(
                name: try row.string("name"), child: try row.string("child"),
                childRelation: try row.optionalInt("child_relation"),
                parent: try row.string("parent"), parentRelation: try row.int("parent_relation"),
                pairs: children.indices.map {
                    Pair(
                        child: children[$0], parent: parents[$0], parentType: types[$0],
                        equals: operators[$0])
                },
                isValidated: try row.bool("is_validated"))
        }
    }

    /// The condition that a child row refers to a parent row; both by alias.
    func refers(_ child: String, to parent: String) -> SQL {
        pairs.map { pair -> SQL in
            """
            \(raw: parent).\(id: pair.parent) \(raw: pair.equals) \(raw: child).\(id: pair.child)
            """
        }.joined(separator: " and ")
    }

    /// The same for a staged child row.
    func staged(_ stage: String, of work: TableWork, refersTo parent: String) -> SQL {
        pairs.map { pair -> SQL in
            """
            \(raw: parent).\(id: pair.parent) \(raw: pair.equals) \
            \(raw: stage).c\(raw: String(work.target.position(of: pair.child)))
            """
        }.joined(separator: " and ")
    }

    /// The condition that a staged child row needs a held back parent that is not here otherwise.
    func needs(parent: TableWork, child: TableWork) -> SQL {
        let same = pairs.map { pair -> SQL in
            """
            p.c\(raw: String(parent.target.position(of: pair.parent))) \(raw: pair.equals) \
            s.c\(raw: String(child.target.position(of: pair.child)))
            """
        }.joined(separator: " and ")
        return """
            s.present
                and exists (
                    select
                    from \(parent.held) as h
                        join \(parent.stage) as p on p.ctid = h.staged
                    where \(same)
                )
                and not exists (
                    select
                    from \(parent.target.rows) as t
                    where \(staged("s", of: child, refersTo: "t"))
                )
            """
    }

    /// Whether the parent's columns of it are the key by which the parent is replicated.
    func isOnKey(of relation: Relation) -> Bool {
        Set(pairs.map(\.parent)) == Set(relation.key.map(\.name))
    }

    // MARK: - Parents that are deleted

    /// Turns those deletes of parents that children here still refer to into conflicts which the
    /// delete loses. `childWork` is the child's part of the direction, where it has one: a child
    /// that is deleted too, or refers elsewhere from now on, does not count.
    func keepParents(_ parentWork: TableWork, childWork: TableWork?) -> SQL {
        let staysOrPoints: SQL
        if let childWork {
            staysOrPoints = """
                not exists (
                            select
                            from \(childWork.decision) as dc
                                join \(childWork.stage) as s on s.ctid = dc.staged
                            where dc.found = c.ctid
                                and dc.found_table = c.tableoid
                                and (
                                    dc.verdict = 'D'
                                    or dc.verdict in ('U', 'R')
                                    and not coalesce(\(staged("s", of: childWork, refersTo: "t")), false)
                                )
                        )
                """
        } else {
            staysOrPoints = "true"
        }
        return """
            update \(parentWork.decision) as d
            set verdict = 'P',
                contested = true,
                mine = \(parentWork.jsonOfRow("t"))
            from \(parentWork.target.rows) as t
            where d.verdict = 'D'
                and not d.done
                and t.ctid = d.found
                and t.tableoid = d.found_table
                and exists (
                    select
                    from \(raw: child) as c
                    where \(refers("c", to: "t"))
                        and \(staysOrPoints)
                )
            """
    }

    /// Whether a deleted parent is still referred to: by a child that a user wrote meanwhile.
    func isBroken(_ parentWork: TableWork) -> SQL {
        let target = parentWork.target
        let deleted: SQL
        if isOnKey(of: target) {
            let same = pairs.map { pair -> SQL in
                """
                s.c\(raw: String(target.position(of: pair.parent))) \(raw: pair.equals) \
                c.\(id: pair.child)
                """
            }.joined(separator: " and ")
            deleted = """
                exists (
                        select
                        from \(parentWork.decision) as d
                            join \(parentWork.stage) as s on s.ctid = d.staged
                        where d.verdict = 'D'
                            and \(same)
                    )
                """
        } else {
            deleted =
                "(\(pairs.map { "c.\(id: $0.child) is not null" as SQL }.joined(separator: " and ")))"
        }
        return """
            select exists (
                select
                from \(raw: child) as c
                where \(deleted)
                    and not exists (
                        select
                        from \(target.rows) as t
                        where \(refers("c", to: "t"))
                    )
            ) as is_broken
            """
    }

    // MARK: - Parents that are missing

    /// Locks the parents of the child rows that arrived, as PostgreSQL's own check would, and
    /// answers the values of those that have none: columns v1, v2, ... as arrays of text.
    func missingParents(_ childWork: TableWork) -> SQL {
        let columns = pairs.indices.map { "v\($0 + 1)" }.joined(separator: ", ")
        let values = pairs.enumerated().map { number, pair -> SQL in
            "c.\(id: pair.child)::\(raw: pair.parentType) as v\(raw: String(number + 1))"
        }.joined(separator: ", ")
        let notNull = pairs.map { "c.\(id: $0.child) is not null" as SQL }
            .joined(separator: " and ")
        let same = pairs.enumerated().map { number, pair -> SQL in
            "p.\(id: pair.parent) \(raw: pair.equals) w.v\(raw: String(number + 1))"
        }.joined(separator: " and ")
        let arrays = pairs.indices.map { "array_agg(m.v\($0 + 1)::text) as v\($0 + 1)" }
        return """
            with wanted as materialized (
                select distinct \(values)
                from \(childWork.target.rows) as c
                    join \(childWork.stage) as s on \(childWork.sameKey("s", "c"))
                    join \(childWork.decision) as d on d.staged = s.ctid
                where d.verdict in ('I', 'U', 'R', 'M', 'B')
                    and \(notNull)
            ), locked as materialized (
                select \(parentColumns("p"))
                from \(raw: parent) as p
                where exists (select from wanted as w where \(same))
                for key share of p
            ), missing as (
                select \(raw: columns)
                from wanted as w
                where not exists (select from locked as p where \(same))
                limit 500
            )
            select count(*) as count, \(raw: arrays.joined(separator: ", "))
            from missing as m
            """
    }

    private func parentColumns(_ alias: String) -> SQL {
        pairs.map { "\(raw: alias).\(id: $0.parent)" as SQL }.joined(separator: ", ")
    }

    /// The values as a table `v` with columns v1, v2, ...
    private func list(_ values: [[String]]) -> SQL {
        let rows = (values.first ?? []).indices.map { row -> SQL in
            let items = pairs.indices.map { column -> SQL in
                "\(literal: values[column][row])::\(raw: pairs[column].parentType)"
            }
            return "(\(items.joined(separator: ", ")))"
        }
        let names = pairs.indices.map { "v\($0 + 1)" }.joined(separator: ", ")
        return "(values \(rows.joined(separator: ", "))) as v (\(raw: names))"
    }

    /// The condition that a staged child row, alias `s`, refers to one of some values.
    func refers(_ child: TableWork, to values: [[String]]) -> SQL {
        let same = pairs.enumerated().map { number, pair -> SQL in
            """
            v.v\(raw: String(number + 1)) \(raw: pair.equals) \
            s.c\(raw: String(child.target.position(of: pair.child)))
            """
        }.joined(separator: " and ")
        return "s.present and exists (select from \(list(values)) where \(same))"
    }

    /// Lets staged parents that a conflict has cost their place come back after all.
    func recall(_ values: [[String]], _ parentWork: TableWork) -> SQL {
        let same = pairs.enumerated().map { number, pair -> SQL in
            """
            s.c\(raw: String(parentWork.target.position(of: pair.parent))) \(raw: pair.equals) \
            v.v\(raw: String(number + 1))
            """
        }.joined(separator: " and ")
        return """
            update \(parentWork.decision) as d
            set verdict = 'B',
                made = true,
                done = false
            from \(parentWork.stage) as s
                join \(list(values)) on \(same)
            where s.ctid = d.staged
                and s.present
                and d.verdict in ('K', 'I')
            """
    }

    /// The parents as the source has them.
    func fetch(_ values: [[String]], _ parentWork: TableWork) -> SQL {
        let same = pairs.enumerated().map { number, pair -> SQL in
            "t.\(id: pair.parent) \(raw: pair.equals) v.v\(raw: String(number + 1))"
        }.joined(separator: " and ")
        let columns =
            parentWork.target.columns.map { "t.\(id: $0.name)" as SQL }
            + (parentWork.isByColumns ? ["null::varbit"] : [])
        return """
            copy (
                select '-infinity'::timestamptz, \(raw: String(parentWork.terms.source)), false, false,
                    true,
                    \(columns.joined(separator: ", "))
                from \(parentWork.source.rows) as t
                    join \(list(values)) on \(same)
            ) to stdout \(parentWork.format)
            """
    }
}
