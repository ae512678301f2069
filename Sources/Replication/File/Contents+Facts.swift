import Postgres

/// What a file has of this schema's own tables, and of the logs.
extension Contents {
    func writeFacts() throws {
        let own: SQL = "where x.neighbour = \(raw: String(target))"
        let facts: [(String, SQL, [String: SQL])] = [
            ("version", "", [:]), ("self", "", [:]),
            (
                "neighbour", "where x.number = \(raw: String(target))",
                ["service": "null"]
            ),
            (
                "relation", "order by x.id",
                Dictionary(
                    uniqueKeysWithValues: ["objects", "no_objects", "found_objects"].map {
                        ($0, Self.places("x.\(raw: $0)"))
                    })
            ),
            ("event", "order by x.id", [:]), ("member", "", [:]), ("edge", "", [:]),
            ("policy", "", [:]), ("quarantine", own, [:]),
            (
                "filter", own,
                [
                    "template": Self.template,
                    "columns": """
                    case when x.columns is not null then \(Self.places("x.columns")) end
                    """,
                ]
            ),
        ]
        for (table, condition, instead) in facts {
            let columns = try columns("replication.\(table)")
            let list = columns.map { instead[$0] ?? "x.\(id: $0)" }.joined(separator: ", ")
            try write(
                ["replication", table], columns, isUsers: false,
                "select \(list) from replication.\(raw: table) as x \(condition)")
        }
    }

    /// The number that a column `a` has where no column was ever dropped.
    private static let place: SQL = """
        select count(*)
        from pg_attribute as b
        where b.attrelid = x.relid
            and b.attnum between 1 and a.attnum
            and not b.attisdropped
        """

    /// Numbers of columns, as they are where no column was ever dropped.
    private static func places(_ numbers: SQL) -> SQL {
        """
        array(
            select (\(place))::int2
            from pg_attribute as a
            where a.attrelid = x.relid
                and a.attnum = any (\(numbers))
                and not a.attisdropped
            order by a.attnum
        )
        """
    }

    /// The condition of a filter, with such numbers; 0 where a column of it is gone.
    private static let template: SQL = """
        (
            select string_agg(
                case
                    when p.number = 1 then p.text
                    else x.token || coalesce((
                        select (\(place))
                        from pg_attribute as a
                        where a.attrelid = x.relid
                            and a.attnum = split_part(p.text, ';', 1)::int
                            and not a.attisdropped
                    ), 0) || substr(p.text, strpos(p.text, ';'))
                end, '' order by p.number)
            from unnest(string_to_array(x.template, x.token)) with ordinality as p (text, number)
        )
        """

    func columns(_ table: String) throws -> [String] {
        try source.query(
            """
            select a.attname as name
            from pg_attribute as a
            where a.attrelid = \(table)::regclass
                and a.attnum > 0
                and not a.attisdropped
                and a.attgenerated = ''
            order by a.attnum
            """
        ).map { try $0.string("name") }
    }

    // MARK: - Logs

    func truncatedTables(_ since: Watermark) throws -> Set<Int> {
        let rows = try source.query(
            """
            select distinct l.relation
            from replication.event as l
            where l.kind = 'truncate'
                and \(since.unseen("l"))
                and \(isForTarget)
            """)
        return Set(try rows.map { try $0.int("relation") })
    }

    func writeLog(_ relation: Relation, where condition: SQL) throws {
        let name = "log_\(relation.id)"
        let columns = try columns("replication.\(name)")
        let list = try columns.map { column -> SQL in
            column == "columns" ? try bits(relation) : "l.\(id: column)"
        }.joined(separator: ", ")
        try write(
            ["replication", name], columns, isUsers: false,
            "select \(list) from \(relation.log) as l where \(condition)")
    }

    /// Which columns changed, by the numbers that they have where no column was ever dropped.
    private func bits(_ relation: Relation) throws -> SQL {
        let numbers = try source.query(
            """
            select r.attnum as number
            from pg_attribute as r
            where r.attrelid = \(relation.name.text)::regclass
                and r.attnum > 0
                and not r.attisdropped
            order by r.attnum
            """
        ).map { try $0.int("number") }
        // The columns of one that inherits may come in another order, and which of those that are kept
        // back changed is nobody's business: all count as changed.
        guard let last = numbers.max(), relation.kind != .inheriting,
            relation.hiddenNames(from: target).isEmpty
        else { return "null" }
        let padded: SQL = "l.columns::bit(\(raw: String(last)))"
        return "("
            + numbers.map { "substring(\(padded) from \(raw: String($0)) for 1)" as SQL }
            .joined(separator: " || ") + ")::varbit"
    }

    func countKeys(_ relation: Relation, _ condition: SQL) throws -> Int {
        let keys = relation.key.indices.map { SQL(raw: "l.k\($0 + 1)") }.joined(separator: ", ")
        return try source.query(
            """
            select count(*) as count
            from (select distinct \(keys) from \(relation.log) as l where \(condition)) as k
            """
        ).first?.int("count") ?? 0
    }
}
