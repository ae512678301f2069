import Postgres
import Replication

/// The demo as a person reads it, chapter by chapter.
struct DemoStory {
    let tree: DemoTree
    /// Where the server is.
    let directory: String

    private static let picture = """
            A the laptop ─── B the server ─┬─ C the office
                                           └─ D at home ─── E the tablet
        """

    /// Tells all of it, while it happens. Returns whether all nodes are equal in the end.
    func tell() throws -> Bool {
        introduce()
        heading("Only A has rows. The first sync of every edge loads them into the others:")
        for report in try tree.sync() where !report.tables.isEmpty { show(report) }
        try tellChanges()
        heading("Then every edge is synced, from A outwards and back, until nothing is new:")
        try syncUntilQuiet()
        try tellConflicts()
        try tellDocument()
        return try compare()
    }

    private func introduce() {
        let version = tree.connections[0].serverVersion
        Console.clearProgress()
        Console.print(
            """
            Five databases with the address book and the calendar of a choir, on a throwaway
            PostgreSQL \(version / 10_000).\(version % 10_000) in \(directory). Each knows only \
            its neighbours:
            """)
        Console.print()
        Console.print(Self.picture)
    }

    private func tellChanges() throws {
        heading("Then they are apart, and people go on working on each:")
        for member in DemoTree.members {
            try tree.change(member)
            Console.print("    \(member.name)  \(member.changes.summary)")
        }
    }

    private func tellConflicts() throws {
        let conflicts = try Conflict.all(tree.connections[0])
        for conflict in conflicts {
            let (winner, loser) = (conflict.winner.origin, conflict.loser.origin)
            heading(
                "One conflict: \(DemoTree.name(loser)) and \(DemoTree.name(winner)) changed the same"
                    + " row. \(DemoTree.name(winner)) was later and won; nothing is lost:")
            ConflictOutput.show(conflict)
        }
        if conflicts.isEmpty { heading("No conflicts.") }
    }

    private func tellDocument() throws {
        heading(
            "The score that A filed is a large object: the number differs, the content does not:")
        for (member, connection) in zip(DemoTree.members, tree.connections) {
            guard let score = try DemoDocument.first(connection) else { continue }
            Console.print(
                "    \(member.name)  number \(score.number)  \(score.bytes) bytes  MD5 \(score.md5)"
            )
        }
    }

    private func syncUntilQuiet() throws {
        // Bounded: news needs at most one round for each edge on its way, and one to find quiet.
        for round in 0...DemoTree.edges.count {
            let reports = try tree.sync(isInward: !round.isMultiple(of: 2))
            for report in reports where !report.tables.isEmpty { show(report) }
            if reports.allSatisfy(\.isEmpty) {
                Console.clearProgress()
                Console.print("    nothing new on any edge")
                return
            }
        }
    }

    /// `A -> B  2 updated (event, phone)`.
    private func show(_ report: DirectionReport) {
        let kinds: [(String, (DirectionReport.Table) -> Int)] = [
            ("inserted", \.inserted), ("updated", \.updated), ("deleted", \.deleted),
            ("in conflict", \.conflicts),
        ]
        var parts = kinds.compactMap { word, count -> String? in
            let total = report.tables.reduce(0) { $0 + count($1) }
            return total == 0 ? nil : "\(total) \(word)"
        }
        let emptied = report.tables.filter(\.isTruncated).map { bare($0.name) }
        if !emptied.isEmpty { parts.append("\(emptied.joined(separator: ", ")) emptied") }
        if parts.isEmpty {
            parts.append("\(SyncOutput.counted(report.staged, "row")) known already")
        }
        let objects = report.objects.made + report.objects.changed
        if objects > 0 { parts.append(SyncOutput.counted(objects, "large object")) }
        Console.clearProgress()
        Console.print("    \(report.source) -> \(report.target)   \(parts.joined(separator: ", "))")
    }

    /// Prints what each node holds, and says whether it is the same everywhere.
    private func compare() throws -> Bool {
        let tables = try DemoContents.tables(tree.connections[0])
        heading("What each holds now: rows, history of conflicts included, and a checksum of all:")
        let columns = tables.map(bare)
        Console.print("       " + columns.joined(separator: "  ") + "  checksum")
        var all: [DemoContents] = []
        for (member, connection) in zip(DemoTree.members, tree.connections) {
            let contents = try DemoContents(connection, tables: tables)
            let counts = zip(contents.counts, columns).map { count, column in
                padded("\(count)", to: column.count, atRight: true)
            }
            Console.print(
                "    \(member.name)  " + counts.joined(separator: "  ") + "  " + contents.checksum)
            all.append(contents)
        }
        let areEqual = all.allSatisfy { $0 == all[0] }
        Console.print(Console.bold(areEqual ? "All five are equal." : "They are not equal."))
        return areEqual
    }

    private func heading(_ text: String) {
        Console.clearProgress()
        Console.print()
        Console.print(Console.bold(text))
    }

    /// A table's name without its schema.
    private func bare(_ name: String) -> String {
        name.split(separator: ".").last.map(String.init) ?? name
    }

    private func padded(_ text: String, to width: Int, atRight: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return atRight ? space + text : text + space
    }
}
