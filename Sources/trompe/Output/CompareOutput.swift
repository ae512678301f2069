import Replication

/// What a comparison found, for a person and for a machine.
enum CompareOutput {
    /// Differences are listed up to here.
    private static let limit = 100

    /// A comparison by itself.
    static func show(_ found: ObjectComparison) {
        for line in found.warnings { Console.error("warning: \(line)") }
        guard found.tables > 0 else {
            Console.print("\(found.a) - \(found.b): no table has columns with large objects")
            return
        }
        let objects = SyncOutput.counted(found.objects, "large object")
        let rows = SyncOutput.counted(found.rows, "row")
        let outcome =
            found.isLevel
            ? "all alike"
            : "\(found.differing) \(found.differing == 1 ? "differs" : "differ")"
        Console.print("\(found.a) - \(found.b): compared \(objects) of \(rows): \(outcome)")
        for difference in found.differences.prefix(limit) {
            Console.print("    " + line(difference, found))
        }
        if found.differing > limit { Console.print("    and \(found.differing - limit) more") }
        if found.waiting > 0 {
            let verb = found.waiting == 1 ? "waits" : "wait"
            Console.print(
                "\(SyncOutput.counted(found.waiting, "row")) \(verb) for the next sync and "
                    + "\(found.waiting == 1 ? "was" : "were") not compared")
        }
    }

    /// What was done about it, and what is left.
    static func show(_ repair: ObjectRepair) {
        if let sync = repair.sync {
            Console.print(
                "\(SyncOutput.counted(repair.before.differing, "large object")) differed; "
                    + "\(SyncOutput.counted(repair.rows, "row")) sent again from \(repair.from)")
            SyncOutput.show(sync)
        }
        if repair.leftOut > 0 {
            Console.error(
                "warning: \(SyncOutput.counted(repair.leftOut, "row")) left as "
                    + "\(repair.leftOut == 1 ? "it is" : "they are"): there is no object on "
                    + "\(repair.from) that could be sent; repair from the other side")
        }
        show(repair.after)
    }

    private static func line(
        _ difference: ObjectComparison.Difference, _ found: ObjectComparison
    ) -> String {
        let place = "\(difference.table) \(difference.key) \(difference.column): "
        if case .bytes(let bytes) = difference.a, difference.a == difference.b {
            return place + "other content of the same size (\(SyncOutput.size(bytes)))"
        }
        return place + "\(words(difference.a)) on \(found.a), \(words(difference.b)) on \(found.b)"
    }

    private static func words(_ content: ObjectComparison.Content) -> String {
        switch content {
        case .nothing: "no number"
        case .missing: "not there"
        case .bytes(let bytes): SyncOutput.counted(bytes, "byte")
        }
    }
}

/// The same as JSON.
struct CompareDocument: Encodable {
    struct Difference: Encodable {
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
        /// How many columns of rows differed before.
        let differed: Int
        let rows: Int
        let rowsLeftOut: Int
        let sync: SyncDocument.Edge?
    }

    let a: String
    let b: String
    let tables: Int
    let rows: Int
    let objects: Int
    let differing: Int
    let rowsDiffering: Int
    /// The first 10,000.
    let differences: [Difference]
    let rowsWaiting: Int
    let warnings: [String]
    /// What was done; all else is what was found then.
    let repair: Repair?

    init(_ found: ObjectComparison) { self.init(found, repair: nil) }

    init(_ repair: ObjectRepair) {
        self.init(
            repair.after,
            repair: Repair(
                from: repair.from, differed: repair.before.differing, rows: repair.rows,
                rowsLeftOut: repair.leftOut,
                sync: repair.sync.flatMap { SyncDocument([$0]).edges.first }))
    }

    private init(_ found: ObjectComparison, repair: Repair?) {
        a = found.a
        b = found.b
        tables = found.tables
        rows = found.rows
        objects = found.objects
        differing = found.differing
        rowsDiffering = found.differingRows
        differences = found.differences.map {
            Difference(
                table: $0.table, key: $0.key, column: $0.column, a: Content($0.a),
                b: Content($0.b))
        }
        rowsWaiting = found.waiting
        warnings = found.warnings
        self.repair = repair
    }
}
