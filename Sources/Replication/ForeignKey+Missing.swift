import Postgres

/// Parents that are missing where their children arrive.
extension ForeignKey {
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
                from \(raw: childRows) as c
                    join \(childWork.stage) as s on \(childWork.sameKey("s", "c"))
                    join \(childWork.decision) as d on d.staged = s.ctid
                where d.verdict in ('I', 'U', 'R', 'M', 'B')
                    and \(notNull)
            ), locked as materialized (
                select \(parentColumns("p"))
                from \(raw: parentRows) as p
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
        guard isStaged(child) else { return "false" }
        let same = pairs.enumerated().map { number, pair -> SQL in
            """
            v.v\(raw: String(number + 1)) \(raw: pair.equals) \
            s.c\(raw: String(child.target.position(of: pair.child)))
            """
        }.joined(separator: " and ")
        return "s.present and exists (select from \(list(values)) where \(same))"
    }

    /// Lets staged parents that a conflict has cost their place come back after all: one that lost
    /// it, that a function would be asked about, or that a function deleted.
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
                and (d.verdict = 'D' or d.found is null and d.verdict in ('K', 'I', 'F'))
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
