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
    /// The referring table, as one writes it: it need not be replicated, and can be one partition.
    let child: String
    /// Its number in the registry, or its root's; nil where it is not replicated.
    let childRelation: Int?
    let parent: String
    /// The same for the parent.
    let parentRelation: Int?
    /// Whether the parent is one partition, whose siblings' rows are no parents.
    let isOnPartition: Bool
    /// Both as a FROM clause names them: tables that inherit from one have no part in it.
    let childRows: String
    let parentRows: String
    let pairs: [Pair]
    /// NOT VALID: rows from before may break it.
    let isValidated: Bool
    /// MATCH FULL: of its columns none is NULL, or all are.
    let isFull: Bool
    /// PERIOD: the last column is a range, which the ranges of the parents must cover together. Its
    /// operator says only which parents have a part in that.
    let isPeriod: Bool

    /// The condition that a child row refers to a parent row; both by alias.
    func refers(_ child: String, to parent: String) -> SQL {
        pairs.map { pair -> SQL in
            """
            \(raw: parent).\(id: pair.parent) \(raw: pair.equals) \(raw: child).\(id: pair.child)
            """
        }.joined(separator: " and ")
    }

    /// The condition that a child has its parent, or parents: `rows` are those that it can refer to,
    /// as an item of a FROM clause, `same` says to which of them it does. `parent` is their alias, and
    /// `range` the child's range, of a key with PERIOD.
    func hasParent(in rows: SQL, as parent: String, where same: SQL, range: SQL) -> SQL {
        guard isPeriod, let last = pairs.last else {
            return "exists (select from \(rows) where \(same))"
        }
        return """
            coalesce(\(range) operator(pg_catalog.<@) (
                        select pg_catalog.range_agg(\(raw: parent).\(id: last.parent))
                        from \(rows)
                        where \(same)
                    ), false)
            """
    }

    /// The same for a staged child row; nil where a column of it is computed, and so not staged.
    func staged(_ stage: String, of work: TableWork, refersTo parent: String) -> SQL? {
        guard isStaged(work) else { return nil }
        return pairs.map { pair -> SQL in
            """
            \(raw: parent).\(id: pair.parent) \(raw: pair.equals) \
            \(raw: stage).c\(raw: String(work.target.position(of: pair.child)))
            """
        }.joined(separator: " and ")
    }

    func isStaged(_ child: TableWork) -> Bool {
        pairs.allSatisfy { child.target.position(of: $0.child) > 0 }
    }

    /// The condition that a staged child row needs a held back parent that is not here otherwise.
    func needs(parent: TableWork, child: TableWork) -> SQL {
        guard let refersHere = staged("s", of: child, refersTo: "t") else { return "false" }
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
                    from \(raw: parentRows) as t
                    where \(refersHere)
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
        """
        update \(parentWork.decision) as d
        set verdict = 'P',
            contested = true,
            made = false,
            mine = \(parentWork.jsonOfRow("t")), mine_texts = \(parentWork.textsOfRow("t"))
        from \(parentWork.target.rows) as t
        where \(isNeeded(parentWork, childWork: childWork))
        """
    }

    /// The same deletes, as staged rows. At most so many that the agent can hold their names.
    func neededParents(_ parentWork: TableWork, childWork: TableWork?) -> SQL {
        """
        select d.staged::text as staged
        from \(parentWork.decision) as d,
            \(parentWork.target.rows) as t
        where \(isNeeded(parentWork, childWork: childWork))
        limit 5000
        """
    }

    /// Whether a row `t` is to be deleted by a decision `d`, and a child here still refers to it.
    private func isNeeded(_ parentWork: TableWork, childWork: TableWork?) -> SQL {
        let staysOrPoints: SQL
        if let childWork {
            // Where that cannot be told before the row is there, its parent is rather kept.
            let stillRefers = staged("s", of: childWork, refersTo: "t") ?? "true"
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
                                    and not coalesce(\(stillRefers), false)
                                )
                        )
                """
        } else {
            staysOrPoints = "true"
        }
        return """
            d.verdict = 'D'
                and not d.done
                and t.ctid = d.found
                and t.tableoid = d.found_table
                and \(isParent("t"))
                and exists (
                    select
                    from \(raw: childRows) as c
                    where \(refers("c", to: "t"))
                        and \(staysOrPoints)
                )
            """
    }

    /// Whether a row of the parent's root can be a parent.
    private func isParent(_ row: String) -> SQL {
        isOnPartition
            ? """
            \(raw: row).tableoid in (select relid from pg_partition_tree(\(literal: parent)))
            """ : "true"
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
        let hasParent = hasParent(
            in: "\(raw: parentRows) as t", as: "t", where: refers("c", to: "t"),
            range: "c.\(id: pairs.last?.child ?? "")")
        return """
            select exists (
                select
                from \(raw: childRows) as c
                where \(deleted)
                    and not \(hasParent)
            ) as is_broken
            """
    }

    /// The staged parents that would take away a value, beside their key, that a child refers to.
    func takesAway(_ parentWork: TableWork) -> SQL {
        let parent = parentWork.target
        let isStill = pairs.enumerated().map { number, pair -> SQL in
            let place = parent.position(of: pair.parent)
            // A computed value is not staged: whether it stays cannot be told.
            guard place > 0 else { return "false" }
            let isRange = isPeriod && number == pairs.count - 1
            let equals = isRange ? "operator(pg_catalog.@>)" : pair.equals
            return "s.c\(raw: String(place)) \(raw: equals) c.\(id: pair.child)"
        }.joined(separator: " and ")
        return """
            s.present
                and exists (
                    select
                    from \(raw: parentRows) as t
                    where \(parentWork.sameKey("s", "t"))
                        and exists (
                            select
                            from \(raw: childRows) as c
                            where \(refers("c", to: "t"))
                                and (\(isStill)) is not true
                        )
                )
            """
    }
}
