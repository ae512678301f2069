import Postgres

/// What one direction does to one table, as statements: pure values that follow from the shapes of
/// the table on both sides and from how far each side knows the other's log.
///
/// The rows that are pending at the source are staged in a temporary table of the target, `stage`;
/// each gets a decision, and the decisions are applied in sets. Columns are c1, c2, ... in the
/// temporary tables, so that no name of a user's can meet one of ours.
struct TableWork {
    /// What all tables of a direction have in common.
    struct Terms: Sendable, Hashable {
        /// The node numbers.
        let source: Int
        let target: Int
        /// What the target has applied of the source's log.
        let received: Watermark
        /// What the source has applied of the target's log.
        let acknowledged: Watermark
        /// The first direction over a new edge: everything is pending.
        let isFirst: Bool
        /// The first direction from a node that went back in time: what its logs do not hold for the
        /// target is as old as, or older than, what the target has.
        let isReturn: Bool
        /// The source is a stand-in: of what its log does not name it has the parents of what it names,
        /// and nothing else. What it lacks without an entry is unknown.
        let isPartial: Bool
    }

    /// The origin of a row that comes from a node that went back in time, and that the target has had
    /// already.
    static let nobody = 0

    let source: Relation
    let target: Relation
    let terms: Terms
    let policy: Policy
    /// The source emptied the table since the target last heard of it.
    let isTruncated: Bool
    /// Keys that wait at the target and are asked for again.
    var owed: Owed?
    /// Whether keys of the source's wait there, so that it does not know the target's rows of them.
    var isBlind = false
    /// Whether staged rows are held back in this direction.
    var isHolding = false
    /// Whether rows may be made of both sides' columns: not where one broke a constraint.
    var mayCombine = true
    /// What has been brought over before this direction began, if anything.
    var staging: Staging?

    /// The columns of the target that are sent, with their places.
    var places: [(place: String, column: Relation.Column)] {
        target.columns.enumerated().map { ("c\($0.offset + 1)", $0.element) }
    }

    /// The place of a key column in the temporary tables.
    func place(_ key: Relation.KeyColumn) -> String { "c\(target.position(of: key.name))" }

    private func temporary(_ name: String) -> SQL {
        "pg_temp.\(raw: name)_\(raw: String(target.id))"
    }
    var stage: SQL { staging?.table ?? temporary("stage") }
    var image: SQL { temporary("image") }
    var decision: SQL { temporary("decision") }
    var own: SQL { temporary("own") }
    var clash: SQL { temporary("clash") }
    var held: SQL { temporary("held") }

    /// Staged rows and the target's meet on the key.
    func sameKey(_ stage: String, _ row: String) -> SQL {
        target.key.map { key -> SQL in
            "\(raw: row).\(id: key.name) \(raw: key.equals) \(raw: stage).\(raw: place(key))"
        }.joined(separator: " and ")
    }

    /// Staged rows and the entries of the target's log meet on the key.
    func sameKeyInLog(_ stage: String, _ log: String) -> SQL {
        target.key.enumerated().map { number, key -> SQL in
            """
            \(raw: log).k\(raw: String(number + 1)) \(raw: key.equals) \
            \(raw: stage).\(raw: place(key))
            """
        }.joined(separator: " and ")
    }

    /// A column of a temporary table.
    func definition(_ place: String, _ column: Relation.Column) -> String {
        "\(place) \(column.baseType)" + (column.collation.map { " collate \($0)" } ?? "")
    }

    /// Makes the temporary tables, but for the stage where there is one already.
    var stageColumns: String {
        """
        changed_at timestamptz not null, origin int not null, echo boolean not null,
            blind boolean not null, present boolean not null,
            \(places.map(definition).joined(separator: ", "))\(columnsOfStage)\(makingOfStage)
        """
    }

    var createStage: String { createImage + createStageAlone }

    /// The type in which whole rows are compared.
    var createImage: String {
        let plain = places.map { "\($0.place) \($0.column.baseType)" }
        return """
            create temporary table \(image.text) (\(plain.joined(separator: ", "))) on commit drop;

            """
    }

    /// All but that.
    var createStageAlone: String {
        let stage =
            "create temporary table \(stage.text) (\(stageColumns)) on commit drop;"
        return """
            \(staging == nil ? stage : "")
            create temporary table \(decision.text) (
                staged tid, verdict "char", contested boolean, made boolean,
                found tid, found_xmin xid, found_table oid,
                own_changed_at timestamptz, own_origin int, dated timestamptz,
                mine json, theirs json, mine_texts json, theirs_texts json, merged jsonb, won varbit,
                done boolean not null default false
            ) on commit drop;
            create temporary table \(own.text) (staged tid, entry tid, xid bigint) on commit drop;
            \(createAside)
            """
    }

    /// The types that travel in binary, by the numbers that PostgreSQL fixes (pg_type.dat): those
    /// whose binary form is the same everywhere and complete. Not reg*, whose numbers differ from
    /// database to database; not tsquery, whose empty value cannot be read back.
    private static let binaryTypes: Set<Int> = [
        16, 17, 18, 19, 20, 21, 23, 25, 26,  // bool bytea char name int8 int2 int4 text oid
        114, 3802, 700, 701, 1700, 2950,  // json jsonb float4 float8 numeric uuid
        1042, 1043, 1560, 1562,  // bpchar varchar bit varbit
        1082, 1083, 1114, 1184, 1186, 1266,  // date time timestamp timestamptz interval timetz
        600, 601, 602, 603, 604, 628, 718,  // point lseg path box polygon line circle
        650, 869, 774, 829,  // cidr inet macaddr8 macaddr
        1000, 1001, 1005, 1007, 1016, 1009, 1015, 1014,  // arrays
        1021, 1022, 1231, 2951, 1115, 1182, 1185, 199, 3807,
    ]

    /// Whether all columns can travel in binary.
    var isBinary: Bool {
        target.columns.allSatisfy { column in
            Self.binaryTypes.contains(column.baseOID)
                && source.columns.contains {
                    $0.name == column.name && $0.baseOID == column.baseOID
                }
        }
    }

    var format: SQL { isBinary ? "with (format binary)" : "" }

    /// Fills the stage on the target.
    var copyIn: SQL { "copy \(stage) (\(raw: copiedColumns)) from stdin \(format)" }

    var copiedColumns: String {
        let columns = ["changed_at", "origin", "echo", "blind", "present"] + places.map(\.place)
        return (columns + (isByColumns ? ["changed"] : []) + (tellsMaking ? ["made_there"] : []))
            .joined(separator: ", ")
    }

    /// The planner must know how many keys there are; the other columns do not matter to it. What
    /// was brought over before does not belong to the agent.
    var analyzeStage: SQL {
        if let staging { return staging.analyze }
        return "analyze \(stage) (\(raw: target.key.map(place).joined(separator: ", ")))"
    }
}
