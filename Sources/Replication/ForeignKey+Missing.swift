import Postgres

/// Parents that are missing where their children arrive.
extension ForeignKey {
    /// How many missing parents are asked for at a time.
    static let page = 500

    /// Locks the parents of the child rows that arrived, as PostgreSQL's own check would, and
    /// answers the values of those that have none: columns v1, v2, ... as arrays of text.
    ///
    /// - Parameter last: the values at which the page before this one ended.
    func missingParents(_ childWork: TableWork, after last: [String]?) -> SQL {
        let columns = pairs.indices.map { "v\($0 + 1)" }.joined(separator: ", ")
        let texts = pairs.indices.map { "v\($0 + 1)::text collate \"C\"" }.joined(separator: ", ")
        let isBehind = last.map { last -> SQL in
            let values = last.map { "\(literal: $0)" as SQL }.joined(separator: ", ")
            return "row(\(raw: texts)) > row(\(values))"
        }
        let values = pairs.enumerated().map { number, pair -> SQL in
            "c.\(id: pair.child)::\(raw: pair.parentType) as v\(raw: String(number + 1))"
        }.joined(separator: ", ")
        let notNull = pairs.map { "c.\(id: $0.child) is not null" as SQL }
            .joined(separator: " and ")
        let same = pairs.enumerated().map { number, pair -> SQL in
            "p.\(id: pair.parent) \(raw: pair.equals) w.v\(raw: String(number + 1))"
        }.joined(separator: " and ")
        let hasParent = hasParent(
            in: "locked as p", as: "p", where: same, range: "w.v\(raw: String(pairs.count))")
        let arrays = pairs.indices.map {
            "array_agg(m.v\($0 + 1)::text order by \(texts)) as v\($0 + 1)"
        }
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
                where not \(hasParent)
                    and \(isBehind ?? "true")
                order by \(raw: texts)
                limit \(raw: String(Self.page))
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
            // The values are those of children: of a range the same, not one that overlaps.
            let isRange = isPeriod && number == pairs.count - 1
            let equals = isRange ? "operator(pg_catalog.=)" : pair.equals
            return """
                v.v\(raw: String(number + 1)) \(raw: equals) \
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
            parentWork.target.columns.map { "t.\(id: $0.name)" as SQL }.joined(separator: ", ")
            + parentWork.unknownColumns
        return """
            copy (
                select '-infinity'::timestamptz, \(raw: String(parentWork.terms.source)), false, false,
                    true,
                    \(columns)
                from \(parentWork.sourceRows) as t
                    join \(list(values)) on \(same)
            ) to stdout \(parentWork.format)
            """
    }

    // MARK: - Rows made of both sides' columns

    /// Whether a row that was made of both sides' columns refers to one of some values: neither side
    /// has had such a row.
    func isCombined(_ child: TableWork, referringTo values: [[String]]) -> SQL? {
        guard child.mayMakeRows else { return nil }
        return """
            select exists (
                select
                from \(child.stage) as s
                where s.base is not null
                    and \(refers(child, to: values))
            ) as is_combined
            """
    }

    /// Of a key that is MATCH FULL: whether a row that arrived has NULL in some of its columns only;
    /// where the key is NOT VALID, one that was made here.
    func isHalfNull(_ child: TableWork) -> SQL {
        """
        select exists (
            select
            from \(raw: childRows) as c
                join \(child.stage) as s on \(child.sameKey("s", "c"))
                join \(child.decision) as d on d.staged = s.ctid
            where d.verdict in ('I', 'U', 'R', 'M', 'B')
                \(isValidated ? "" : "and s.base is not null" as SQL)
                and num_nulls(\(childColumns("c"))) between 1 and \(raw: String(pairs.count - 1))
        ) as is_half_null
        """
    }

    /// The same as a condition on a staged row, alias `s`.
    func isHalfNullAsStaged(_ child: TableWork) -> SQL {
        guard isStaged(child) else { return "false" }
        let columns = pairs.map { SQL(raw: "s.c\(child.target.position(of: $0.child))") }
            .joined(separator: ", ")
        return "s.present and num_nulls(\(columns)) between 1 and \(raw: String(pairs.count - 1))"
    }

    private func childColumns(_ alias: String) -> SQL {
        pairs.map { "\(raw: alias).\(id: $0.child)" as SQL }.joined(separator: ", ")
    }
}
