import Postgres

/// What the history of conflicts asks for beyond the rows as json.
extension TableWork {
    /// The types that json says all of, so that a value can be had again from it, by the numbers that
    /// PostgreSQL fixes (pg_type.dat). Of all others the text is kept as well: json cannot tell NULL
    /// from a json null, forgets the bounds of an array, and an hstore becomes an object.
    private static let exactTypes: Set<Int> = [
        16, 17, 18, 19, 20, 21, 23, 25, 26,  // bool bytea char name int8 int2 int4 text oid
        700, 701, 1700, 2950,  // float4 float8 numeric uuid
        1042, 1043, 1560, 1562,  // bpchar varchar bit varbit
        1082, 1083, 1114, 1184, 1186, 1266,  // date time timestamp timestamptz interval timetz
        650, 869, 774, 829,  // cidr inet macaddr8 macaddr
    ]

    func textsOfRow(_ alias: String) -> SQL {
        texts(places + target.hidden.map { ("", $0) }) { _, column in
            "\(raw: alias).\(id: column.name)"
        }
    }

    func textsOfStage(_ alias: String) -> SQL {
        texts(places) { place, _ in "\(raw: alias).\(raw: place)" }
    }

    /// Not `::text`, which takes the blanks off a char(5), and which users can define.
    private func texts(
        _ places: [(place: String, column: Relation.Column)],
        _ value: (String, Relation.Column) -> SQL
    ) -> SQL {
        let kept = places.filter { !Self.exactTypes.contains($0.column.baseOID) }
        guard !kept.isEmpty else { return "null::json" }
        let columns = kept.map { place, column -> SQL in
            let value = value(place, column)
            return """
                case when num_nulls(\(value)) = 0 then format('%s', \(value)) end \
                as \(id: column.name)
                """
        }
        return "(select row_to_json(x.*) from (select \(columns.joined(separator: ", "))) as x)"
    }

    /// Takes out of the stage what was pruned from this node's history; nil for all other tables.
    var dropPruned: SQL? {
        guard target.fullName == "replication.conflict", let key = target.key.first else {
            return nil
        }
        return """
            delete from \(stage) as s
            using replication.pruned as p
            where p.id = s.\(raw: place(key))
            """
    }
}
