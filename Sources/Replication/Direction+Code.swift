import Postgres

/// Code of the users that has a say in what is applied: triggers that fire in replica role too, and
/// functions.
extension Direction {
    /// Holds back the rows that a trigger of the table's has kept from being written: without a word,
    /// by returning NULL. A row that a user changed meanwhile is not as seen any more, and is decided
    /// again.
    func holdPrevented(_ work: Work) throws {
        guard !work.table.target.isSystem, let reason = try prevention(work.table) else { return }
        let rows = try target.query(work.table.prevented).map { try $0.string("staged") }
        guard !rows.isEmpty else { return }
        throw Held(
            relation: work.table.target.id,
            rows: [
                Held.Rows(
                    reason: reason, constraint: nil,
                    condition: "s.ctid = any (\(rows)::text[]::tid[])")
            ])
    }

    /// Why a row may not be written although nothing says so; nil where no trigger of the table, or
    /// of a partition of it, could prevent it.
    func prevention(_ table: TableWork) throws -> String? {
        let rows = try target.query(
            """
            select string_agg(distinct g.tgname, ', ' order by g.tgname) as names
            from replication.relation as r
                cross join lateral replication.parts_of(r.relid) as p
                join pg_trigger as g on g.tgrelid = p.relid
            where r.id = \(table.target.id)::int
                and not g.tgisinternal
                and g.tgenabled in ('A', 'R')
                and g.tgtype & \(Self.beforeRow)::int = \(Self.beforeRow)::int
            """)
        return try rows.first?.optionalString("names").map {
            "it is kept from being written by a trigger: \($0)"
        }
    }

    /// In pg_trigger.tgtype: BEFORE, FOR EACH ROW.
    private static let beforeRow = 3
}

extension TableWork {
    /// Some of the decisions that were not carried out although the rows are as seen: the staged rows,
    /// and of one made of both sides' columns the one that was sent.
    var prevented: SQL {
        let isAsSeen: SQL = """
            exists (
                    select
                    from \(target.rows) as t
                    where t.ctid = d.found
                        and t.xmin = d.found_xmin
                        and t.tableoid = d.found_table
                )
            """
        let isMissing: SQL =
            "not exists (select from \(target.rows) as t where \(sameKey("s", "t")))"
        return """
            select \(isByColumns ? "coalesce(s.base, s.ctid)" : "s.ctid" as SQL)::text as staged
            from \(decision) as d
                join \(stage) as s on s.ctid = d.staged
            where not d.done
                and case
                    when d.verdict = 'I' or d.verdict = 'M' and d.found is null then \(isMissing)
                    when d.verdict = 'R' then \(isMissing) or \(isAsSeen)
                    when d.verdict in ('U', 'D', 'M') then \(isAsSeen)
                end
            limit 10000
            """
    }
}

extension PostgresError {
    /// Whether code of the users' raised it: a function, or an expression over values. Constraints,
    /// and what another try may mend, are not meant.
    var isOfUsersCode: Bool {
        guard let sqlstate, !isPassing, !SQLState.isConstraintViolation(sqlstate) else {
            return false
        }
        return ["P0", "22", "2F", "38", "39"].contains(sqlstate.prefix(2))
            || sqlstate.hasPrefix("42") && context != nil
    }

    /// The innermost function or statement of the context.
    var innermost: String? {
        context?.split(separator: "\n").first.map(String.init)
    }
}
