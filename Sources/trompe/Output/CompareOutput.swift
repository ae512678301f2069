import Replication

/// What a comparison found, for a person.
enum CompareOutput {
    /// Differences are listed up to here.
    static let limit = 100
    /// A value is cut behind so many characters.
    private static let width = 60

    /// A comparison by itself.
    static func show(_ found: Comparison) {
        for line in found.warnings { Console.error("warning: \(line)") }
        show(found.rows, found)
        show(found.objects, found)
    }

    /// What was done about it, and what is left.
    static func show(_ repair: Repair) {
        if repair.isDryRun {
            show(repair.before)
            showPlan(repair)
            return
        }
        if let sync = repair.sync {
            Console.print(
                "\(differing(repair.before)) differed; "
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

    private static func showPlan(_ repair: Repair) {
        let isFromA = repair.from == repair.before.a
        let target = isFromA ? repair.before.b : repair.before.a
        for table in repair.before.rows.tables where table.differing > 0 {
            let counts = [
                (isFromA ? table.onlyA : table.onlyB, "inserted"), (table.unlike, "updated"),
                (isFromA ? table.onlyB : table.onlyA, "deleted"),
            ]
            let words = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            Console.print(
                "would be done on \(target): \(table.name): \(words.joined(separator: ", "))")
        }
        let objects = repair.before.objects.differing
        guard objects > 0 else { return }
        Console.print(
            "would be sent to \(target): \(SyncOutput.counted(objects, "large object"))")
    }

    private static func differing(_ found: Comparison) -> String {
        let counts = [
            (found.rows.differing, "row"), (found.objects.differing, "large object"),
        ]
        return counts.filter { $0.0 > 0 }.map { SyncOutput.counted($0.0, $0.1) }
            .joined(separator: " and ")
    }

    // MARK: - Rows

    private static func show(_ rows: RowComparison, _ found: Comparison) {
        let outcome = outcome(rows.differing)
        let counted = SyncOutput.counted(rows.rows, "row")
        let tables = SyncOutput.counted(rows.tables.count, "table")
        let sample = rows.percent.map { " (of large tables \($0) % of the rows)" } ?? ""
        Console.print(
            "\(found.a) - \(found.b): compared \(counted) of \(tables)\(sample): \(outcome)")
        for table in rows.tables where table.differing > 0 {
            let counts = [
                (table.onlyA, "only on \(found.a)"), (table.onlyB, "only on \(found.b)"),
                (table.unlike, "unlike"),
            ]
            let words = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            Console.print("    \(table.name): \(words.joined(separator: ", "))")
        }
        for difference in rows.differences.prefix(limit) { show(difference, found) }
        if rows.differing > limit { Console.print("    and \(rows.differing - limit) more") }
        showWaiting(rows.waiting, "was", "were")
    }

    private static func show(_ difference: RowComparison.Difference, _ found: Comparison) {
        let row = "    \(difference.table) \(difference.key)"
        guard let a = difference.a, let b = difference.b else {
            let node = difference.a == nil ? found.b : found.a
            Console.print("\(row): only on \(node)")
            let values = zip(difference.columns, difference.a ?? difference.b ?? [])
                .map { "\($0) \(text($1))" }
            Console.print("        \(values.joined(separator: ", "))")
            return
        }
        Console.print("\(row):")
        for (column, values) in zip(difference.columns, zip(a, b)) where values.0 != values.1 {
            Console.print(
                "        \(column): \(text(values.0)) on \(found.a), \(text(values.1)) on \(found.b)"
            )
        }
    }

    /// A value between quotes, with what would disturb a terminal in it spelled out.
    private static func text(_ value: String?) -> String {
        guard let value else { return "NULL" }
        let safe = value.unicodeScalars.prefix(width).map { scalar in
            scalar.properties.generalCategory == .control
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
        return "\"\(safe)\(value.unicodeScalars.count > width ? "..." : "")\""
    }

    private static func outcome(_ differing: Int) -> String {
        differing == 0 ? "all alike" : "\(differing) \(differing == 1 ? "differs" : "differ")"
    }

    private static func showWaiting(_ waiting: Int, _ one: String, _ many: String) {
        guard waiting > 0 else { return }
        Console.print(
            "\(SyncOutput.counted(waiting, "row")) \(waiting == 1 ? "waits" : "wait") for the next sync"
                + " and \(waiting == 1 ? one : many) not compared")
    }

    // MARK: - Large objects

    private static func show(_ objects: ObjectComparison, _ found: Comparison) {
        guard objects.tables > 0 else { return }
        let counted = SyncOutput.counted(objects.objects, "large object")
        let rows = SyncOutput.counted(objects.rows, "row")
        Console.print(
            "\(found.a) - \(found.b): compared \(counted) of \(rows): \(outcome(objects.differing))"
        )
        for difference in objects.differences.prefix(limit) {
            Console.print("    " + line(difference, found))
        }
        if objects.differing > limit { Console.print("    and \(objects.differing - limit) more") }
        showWaiting(objects.waiting, "its objects were", "their objects were")
    }

    private static func line(
        _ difference: ObjectComparison.Difference, _ found: Comparison
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
