import Postgres

/// Filters of an edge: which rows of a table the neighbour of its home gets.
extension Edge {
    /// What crosses the edge of a table.
    public enum Rule: Sendable, Hashable {
        /// Rows that meet a condition, an expression of SQL over the columns of the table; nil: all rows. Of
        /// them the columns that are named; nil: all columns.
        case rows(String?, columns: [String]? = nil)
        /// Nothing.
        case nothing
        /// All of it: no filter.
        case all
    }

    /// What setting a filter did.
    public struct FilterReport: Sendable, Hashable {
        /// The table, as the nodes call it.
        public let table: String
        /// How many rows come or leave with the next sync.
        public let rows: Int
        /// Whether that sync is the first one, which brings all that is to be brought.
        public let isFirst: Bool
        /// In how many rows the neighbour has lost or got values of columns.
        public let values: Int
    }

    /// Sets, changes or removes the filter for one table, where A is its home: both halves of it, in one
    /// transaction on each side. What comes or leaves by that does so with the next sync; what B has
    /// changed and not sent yet comes home, whatever the filter.
    ///
    /// - Parameters:
    ///   - table: as a person writes it.
    ///   - rule: what B gets of it.
    ///   - lockTimeoutMilliseconds: for how long writers of the table are waited for.
    /// - Throws: `ReplicationError.noFilter`, `.needsOwner`, or what a sync throws before it changes
    ///   anything.
    public func setFilter(
        table: String, _ rule: Rule, lockTimeoutMilliseconds: Int = 10_000
    ) throws -> FilterReport {
        try withLock { _ in
            try nodeA.checkOriginal(before: nodeB.label)
            try nodeB.checkOriginal(before: nodeA.label)
            var options = SyncOptions()
            // Where one side went back in time its filters may be old ones, and must be set before.
            options.isRejoin = true
            try checkNeighbours(options)
            let relation = try Relation.find(a, named: table)
            let name = relation.fullName
            guard let there = try b.relationNumbers([name]).first else {
                throw ReplicationError.unknownTable(database: b.label, table: name)
            }
            guard relation.kind != .inheriting || rule == .all else {
                throw ReplicationError.noFilter(
                    database: nodeA.label, table: name,
                    because: "it is part of an inheritance tree", hint: nil)
            }
            let id = try a.query("select gen_random_uuid()::text as id").first?.string("id") ?? ""
            let timeout = "\(lockTimeoutMilliseconds)ms"
            let set = { (side: Connection, relation: Int, neighbour: Int, isHome: Bool) in
                try Self.refusing(side, name) {
                    let answers = try side.queries([
                        "select set_config('lock_timeout', \(timeout), true)",
                        "select replication.pause_ddl()",
                        """
                        select replication.set_filter(\(neighbour)::int, r.relid, \(isHome)::boolean,
                            \(id)::uuid, \(rule.condition)::text, \(rule == .nothing)::boolean,
                            \(rule.columns)::text[]) as rows
                        from replication.relation as r
                        where r.id = \(relation)
                        """,
                    ])
                    return try answers.last?.first?.int("rows") ?? 0
                }
            }
            let isFirst = try Neighbour.all(b, number: nodeA.number).first?.received == nil
            let before = try hiddenAtB(there)
            // The home commits first. Should the agent die in between, syncs are refused until both
            // sides have been told.
            let (rows, values) = try b.transaction {
                let ofB = try set(b, there, nodeA.number, false)
                return try a.transaction {
                    let rows = try ofB + set(a, relation.id, nodeB.number, true)
                    if before == nil, rule != .nothing {
                        try checkPassedOver(name, relation.id, there)
                    }
                    return (rows, try moveValues(name, relation.id, there, hiddenBefore: before))
                }
            }
            return FilterReport(table: name, rows: rows, isFirst: isFirst, values: values)
        }
    }

    /// Errors about the condition, the rights and the locks, in words.
    static func refusing<T>(
        _ side: Connection, _ table: String, _ body: () throws -> T
    ) throws -> T {
        do {
            return try body()
        } catch let error as PostgresError where error.sqlstate == SQLState.lockNotAvailable {
            throw LockHolder.named(in: error, at: side)
        } catch let error as PostgresError
            where error.sqlstate == SQLState.insufficientPrivilege
        {
            throw ReplicationError.needsOwner(database: side.label, reason: error.message)
        } catch let error as PostgresError
            where ["42", "0A", "22", "23", "55"].contains(error.sqlstate?.prefix(2))
        {
            throw ReplicationError.noFilter(
                database: side.label, table: table, because: error.message, hint: error.hint)
        }
    }

    /// Both halves of each filter must be there. A sync under one of them alone would send the rows that
    /// it is to keep back, or take those for deleted that were never sent.
    func checkFilters() throws {
        let question = { (neighbour: Int) -> SQL in
            """
            select f.id, f.is_home, coalesce(v.tablename, f.relid::text) as table
            from replication.filter as f
                left join replication.filters as v on v.id = f.id
            where f.neighbour = \(neighbour)
            """
        }
        let (ofA, ofB) = try Connection.queries(
            (a, [question(nodeB.number)]), (b, [question(nodeA.number)]))
        let halves = try [ofA, ofB].map { answers in
            Dictionary(
                try (answers.first ?? []).map { row in
                    (try row.string("id"), (try row.bool("is_home"), try row.string("table")))
                }, uniquingKeysWith: { first, _ in first })
        }
        let alone = zip(halves, halves.reversed()).flatMap { here, there in
            here.filter { id, half in there[id].map { $0.0 == half.0 } ?? true }.map(\.value.1)
        }
        guard alone.isEmpty else {
            throw ReplicationError.filtersDiffer(
                home: nodeA.label, neighbour: nodeB.label, tables: Set(alone).sorted())
        }
    }
}

extension Edge.Rule {
    fileprivate var condition: String? {
        guard case .rows(let condition, _) = self else { return nil }
        return condition
    }

    fileprivate var columns: [String]? {
        guard case .rows(_, let columns) = self else { return nil }
        return columns
    }
}

/// A filter as one of its two sides tells it.
public struct KnownFilter: Sendable, Hashable {
    /// The number and the name of the other side.
    public let neighbour: Int
    /// Its name.
    public let neighbourName: String
    /// The table, with its schema.
    public let table: String
    /// Whether the node that was asked has the whole table.
    public let isHome: Bool
    /// Whether the table does not cross the edge at all.
    public let isExcluded: Bool
    /// What rows must meet that cross it; nil where all do, or they all stay, or a column of it is gone.
    public let condition: String?
    /// Whether that is so.
    public let isBroken: Bool
    /// The columns that cross it; nil where all do.
    public let columns: [String]?

    /// The filters of a node.
    ///
    /// - Parameter neighbour: only those of the edge to this one.
    public static func all(
        _ connection: Connection, neighbour: Int? = nil
    ) throws -> [KnownFilter] {
        _ = try Node(connection)
        return try all(connection.query(question(neighbour: neighbour)))
    }

    /// What is asked for them.
    static func question(neighbour: Int? = nil) -> SQL {
        """
        select f.neighbour, n.name, f.tablename, f.is_home, f.is_excluded, f.condition, f.is_broken,
            f.columns is not null as has_columns, coalesce(f.columns, '{}') as columns
        from replication.filters as f
            join replication.neighbour as n on n.number = f.neighbour
        where \(neighbour)::int is null
            or f.neighbour = \(neighbour)::int
        order by f.neighbour, f.tablename
        """
    }

    /// From the answer.
    static func all(_ rows: [Row]) throws -> [KnownFilter] {
        try rows.map { row in
            KnownFilter(
                neighbour: try row.int("neighbour"), neighbourName: try row.string("name"),
                table: try row.string("tablename"), isHome: try row.bool("is_home"),
                isExcluded: try row.bool("is_excluded"),
                condition: try row.optionalString("condition"),
                isBroken: try row.bool("is_broken"),
                columns: try row.bool("has_columns") ? row.strings("columns") : nil)
        }
    }
}

/// Conditions that fail.
extension Edge {
    /// A condition can do for all rows but one, such as 1 / (id - 5) > 0. The server says what was wrong with
    /// it, but not whose it was: so each filter of the edge is tried by itself, at its home.
    func failingFilter(behind error: any Error) -> ReplicationError? {
        guard let error = error as? PostgresError, error.sqlstate?.hasPrefix("22") ?? false else {
            return nil
        }
        for (home, node, other) in [(a, nodeA, nodeB), (b, nodeB, nodeA)] {
            guard home.isAlive, !home.isInTransaction else { continue }
            let relations = Result {
                try Relation.load(home, ids: home.allRelations(for: other.number))
            }
            guard case .success(let relations) = relations else { continue }
            for relation in relations {
                guard let filter = relation.filters[other.number], filter.isHome,
                    filter.choosesRows
                else { continue }
                let rows: SQL = "\(relation.rows) as x"
                let tried = Result {
                    try home.query("select count(*) from \(rows) where \(filter.condition("x"))")
                }
                if case .failure(let failure as PostgresError) = tried,
                    failure.sqlstate == error.sqlstate
                {
                    return .filterFails(
                        database: node.label, table: relation.fullName, neighbour: other.label,
                        because: failure.message)
                }
            }
        }
        return nil
    }
}
