import Postgres

/// The comparison of rows: sums over ranges of keys, made in the servers and narrowed down to the rows
/// that differ. Those stand in temporary tables of both sides; the agent holds the sums, and what it
/// lists.
extension Edge {
    /// Into how many ranges a large table is cut at once, at most.
    private static let parts = 512
    /// A range of so many rows is not cut any more: their keys and hashes go from A to B.
    private static let fewRows = 50_000
    /// Of a long value so many characters are listed.
    private static let longest = 1_000

    /// Fills `wanted` of both sides with what differs and is not pending.
    func compareRows(
        _ tables: [ComparedTable], _ options: CompareOptions,
        onProgress: (Progress) -> Void
    ) throws -> RowComparison {
        var found = RowComparison()
        found.percent = options.percent
        for connection in [a, b] { try connection.script("set local jit = off") }
        let small = tables.filter { $0.estimate.rows <= Self.fewRows }
        var ranges: [String: [CountedRange]] = [:]
        // All small tables in one go, or nearly.
        for batch in stride(from: 0, to: small.count, by: 100).map({ small[$0...].prefix(100) }) {
            onProgress(.comparing(table: batch[batch.startIndex].name))
            let sums = try sums(batch.map { ($0, KeyRange.all, KeySearch(bounds: [])) })
            for (table, sum) in zip(batch, sums) { ranges[table.name] = sum }
        }
        for table in tables {
            onProgress(.comparing(table: table.name))
            let counted = try ranges[table.name] ?? cut(table, percent: options.percent)
            var line = RowComparison.Table(name: table.name)
            line.rowsA = counted.reduce(0) { $0 + $1.rowsA }
            line.rowsB = counted.reduce(0) { $0 + $1.rowsB }
            let differing = try narrow(table, counted.filter { !$0.isLevel })
            if !differing.isEmpty {
                try collect(table, differing, &line)
                found.differences += try list(
                    table, atMost: min(line.differing, options.listing - found.differences.count))
            }
            found.tables.append(line)
        }
        return found
    }

    /// A range, and what both sides have in it.
    private struct CountedRange {
        let range: KeyRange
        var rowsA = 0
        var rowsB = 0
        var sumA = ""
        var sumB = ""

        var isLevel: Bool { rowsA == rowsB && sumA == sumB }
        var rows: Int { max(rowsA, rowsB) }
    }

    /// Both servers at once; of each table and range the parts that the search leads to.
    private func sums(
        _ asked: [(table: ComparedTable, range: KeyRange, search: KeySearch)]
    ) throws -> [[CountedRange]] {
        guard !asked.isEmpty else { return [] }
        let (ofA, ofB) = try Connection.queries(
            (a, asked.map { $0.table.a.sums(of: $0.range, $0.search) }),
            (b, asked.map { $0.table.b.sums(of: $0.range, $0.search) }))
        return try asked.indices.map { index in
            let (_, range, search) = asked[index]
            var counted = range.cut(at: search.bounds).map { CountedRange(range: $0) }
            let part = { (row: Row) in
                search.part(try (0..<search.depth).map { try row.bool("bit\($0)") })
            }
            for row in ofA[index] {
                counted[try part(row)].rowsA = try row.int("rows")
                counted[try part(row)].sumA = try row.optionalString("sum") ?? ""
            }
            for row in ofB[index] {
                counted[try part(row)].rowsB = try row.int("rows")
                counted[try part(row)].sumB = try row.optionalString("sum") ?? ""
            }
            return counted
        }
    }

    /// A large table, in one scan on either side; or some ranges of it, drawn by lot.
    private func cut(_ table: ComparedTable, percent: Double?) throws -> [CountedRange] {
        let parts = min(Self.parts, max(2, table.estimate.rows / (Self.fewRows / 4)))
        // Of a page all rows are taken, and they often lie beside each other: some pages for each part.
        let pages = Double(4 * parts) / Double(max(table.estimate.pages, 1))
        let larger = table.isLargerAtA ? (a, table.a) : (b, table.b)
        let bounds = try bounds(
            larger.0.query(larger.1.bounds(parts: parts, percent: min(100, 100 * pages))),
            table)
        guard let percent, percent < 100 else {
            return try sums([(table, .all, KeySearch(bounds: bounds))]).first ?? []
        }
        let all = KeyRange.all.cut(at: bounds)
        let count = max(1, Int((Double(all.count) * percent / 100).rounded()))
        let drawn = all.indices.shuffled().prefix(count).sorted()
        return try sums(drawn.map { (table, all[$0], KeySearch(bounds: [])) }).flatMap { $0 }
    }

    private func bounds(_ rows: [Row], _ table: ComparedTable) throws -> [[String]] {
        try rows.map { row in try table.a.keys.map { try row.string($0) } }
    }

    /// Cuts the ranges that differ until few rows are in each, and joins those that lie beside each other.
    private func narrow(
        _ table: ComparedTable, _ differing: [CountedRange]
    ) throws -> [KeyRange] {
        var few: [CountedRange] = []
        for range in differing {
            guard range.rows > Self.fewRows else {
                few.append(range)
                continue
            }
            let side = range.rowsA > range.rowsB ? (a, table.a) : (b, table.b)
            let parts = min(Self.parts, 1 + range.rows / (Self.fewRows / 4))
            let bounds = try bounds(
                side.0.query(side.1.bounds(of: range.range, parts: parts)), table)
            few += try sums([(table, range.range, KeySearch(bounds: bounds))])
                .flatMap { $0 }.filter { !$0.isLevel }
        }
        var joined: [CountedRange] = []
        for next in few {
            if let last = joined.last, last.rows + next.rows <= Self.fewRows,
                let range = last.range.joined(with: next.range)
            {
                let rows = (last.rowsA + next.rowsA, last.rowsB + next.rowsB)
                joined[joined.count - 1] = CountedRange(
                    range: range, rowsA: rows.0, rowsB: rows.1)
            } else {
                joined.append(next)
            }
        }
        return joined.map(\.range)
    }

    /// Finds the rows of these ranges that differ, and takes out those that are pending.
    private func collect(
        _ table: ComparedTable, _ ranges: [KeyRange], _ line: inout RowComparison.Table
    ) throws {
        try b.script(table.createTables)
        for range in ranges {
            try a.copy(table.hashesOut(range), to: b, into: table.hashesIn)
            try b.execute(table.analyzeHashes)
            try b.execute(table.noteDifferences(in: range))
            try b.script(table.emptyHashes)
        }
        if ranges.count > 1 { try b.execute(table.meetAcrossRanges) }
        line.waiting = try b.execute(table.b.takeOutPending)
        try a.script(table.a.createWanted)
        try b.copy(table.wantedOut, to: a, into: table.wantedIn)
        try b.script(table.createTaken)
        line.waiting += try a.copy(table.takenOut, to: b, into: table.takenIn).rows
        try b.execute(table.takeOutTaken)
        guard let counts = try b.query(table.b.countWanted).first else { return }
        line.onlyA = try counts.int("theirs")
        line.onlyB = try counts.int("mine")
        line.unlike = try counts.int("both")
    }

    private func list(
        _ table: ComparedTable, atMost limit: Int
    ) throws -> [RowComparison.Difference] {
        guard limit > 0 else { return [] }
        let numbers = try b.query(table.b.firstWanted(limit)).map { try $0.int("number") }
        var found: [RowComparison.Difference] = []
        // A page at a time: rows can be long.
        for page in stride(from: 0, to: numbers.count, by: 50).map({ numbers[$0...].prefix(50) }) {
            let rowsA = try values(table.a, Array(page), at: a)
            let rowsB = try values(table.b, Array(page), at: b)
            for row in try b.query(table.b.keysAsJson(of: Array(page))) {
                let number = try row.int("number")
                found.append(
                    RowComparison.Difference(
                        table: table.name, key: try row.string("key"),
                        columns: table.b.columns, a: rowsA[number], b: rowsB[number]))
            }
        }
        return found
    }

    private func values(
        _ side: ComparedSide, _ numbers: [Int], at connection: Connection
    ) throws -> [Int: [String?]] {
        let rows = try connection.query(side.values(of: numbers, longest: Self.longest))
        return Dictionary(
            try rows.map { row in
                let values = try side.columns.indices.map { try row.optionalString("c\($0 + 1)") }
                return (try row.int("number"), values)
            }, uniquingKeysWith: { first, _ in first })
    }
}
