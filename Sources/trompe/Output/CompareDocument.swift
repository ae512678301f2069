import Replication

/// A comparison as JSON.
struct CompareDocument: Encodable {
    struct Rows: Encodable {
        let tables: [Table]
        /// Of each table, those of the side that has more.
        let compared: Int
        let differing: Int
        let waiting: Int
        /// How many percent of large tables were looked at; missing: all.
        let percent: Double?
        /// The first 10,000.
        let differences: [Row]
    }

    struct Table: Encodable {
        let name: String
        let rowsA: Int
        let rowsB: Int
        let onlyA: Int
        let onlyB: Int
        let unlike: Int
        let waiting: Int
    }

    /// `a` and `b` hold the values as text by the names of their columns; missing where there is no row.
    struct Row: Encodable {
        let table: String
        let key: String
        let a: [String: String?]?
        let b: [String: String?]?
        /// The columns that differ.
        let columns: [String]

        init(_ difference: RowComparison.Difference) {
            table = difference.table
            key = difference.key
            let named = { (values: [String?]) in
                Dictionary(
                    zip(difference.columns, values).map { ($0, $1) },
                    uniquingKeysWith: { first, _ in first })
            }
            a = difference.a.map(named)
            b = difference.b.map(named)
            if let a = difference.a, let b = difference.b {
                columns = zip(difference.columns, zip(a, b)).filter { $1.0 != $1.1 }.map(\.0)
            } else {
                columns = difference.columns
            }
        }
    }

    struct Objects: Encodable {
        let tables: Int
        let rows: Int
        let compared: Int
        let differing: Int
        let rowsDiffering: Int
        let rowsWaiting: Int
        /// The first 10,000.
        let differences: [Object]
    }

    struct Object: Encodable {
        let table: String
        let key: String
        let column: String
        let a: Content
        let b: Content
    }

    /// `state`: object, missing (there is none of the number), none (no number).
    struct Content: Encodable {
        let state: String
        let bytes: Int?

        init(_ content: ObjectComparison.Content) {
            switch content {
            case .nothing: (state, bytes) = ("none", nil)
            case .missing: (state, bytes) = ("missing", nil)
            case .bytes(let size): (state, bytes) = ("object", size)
            }
        }
    }

    struct Repair: Encodable {
        let from: String
        let dryRun: Bool
        /// How many rows, and columns of rows with large objects, differed before.
        let rowsDiffered: Int
        let objectsDiffered: Int
        /// How many rows were sent again, or would be.
        let rows: Int
        let rowsLeftOut: Int
        let sync: SyncDocument.Edge?
    }

    let a: String
    let b: String
    let warnings: [String]
    let rows: Rows
    let objects: Objects
    /// What was done; all else is what was found then.
    let repair: Repair?

    init(_ found: Comparison) { self.init(found, repair: nil) }

    init(_ repair: Replication.Repair) {
        self.init(
            repair.after,
            repair: Repair(
                from: repair.from, dryRun: repair.isDryRun,
                rowsDiffered: repair.before.rows.differing,
                objectsDiffered: repair.before.objects.differing, rows: repair.rows,
                rowsLeftOut: repair.leftOut,
                sync: repair.sync.flatMap { SyncDocument([$0]).edges.first }))
    }

    private init(_ found: Comparison, repair: Repair?) {
        a = found.a
        b = found.b
        warnings = found.warnings
        rows = Rows(
            tables: found.rows.tables.map {
                Table(
                    name: $0.name, rowsA: $0.rowsA, rowsB: $0.rowsB, onlyA: $0.onlyA,
                    onlyB: $0.onlyB, unlike: $0.unlike, waiting: $0.waiting)
            }, compared: found.rows.rows, differing: found.rows.differing,
            waiting: found.rows.waiting, percent: found.rows.percent,
            differences: found.rows.differences.map(Row.init))
        let objects = found.objects
        self.objects = Objects(
            tables: objects.tables, rows: objects.rows, compared: objects.objects,
            differing: objects.differing, rowsDiffering: objects.differingRows,
            rowsWaiting: objects.waiting,
            differences: objects.differences.map {
                Object(
                    table: $0.table, key: $0.key, column: $0.column, a: Content($0.a),
                    b: Content($0.b))
            })
        self.repair = repair
    }
}
