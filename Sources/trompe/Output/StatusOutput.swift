import Replication

/// What a node knows, for a person and for a machine.
enum StatusOutput {
    static func show(_ status: Replication.Status) {
        let node = status.node
        Console.print(
            Console.bold("\(node.name)")
                + " (node \(node.number) of at most \(node.modulus)): "
                + SyncOutput.counted(status.tables, "replicated table") + ", "
                + SyncOutput.counted(status.conflicts, "conflict") + " in the history")
        Console.print("tree:")
        for line in tree(status) { Console.print("    " + line) }
        if status.neighbours.isEmpty { Console.print("no neighbours") }
        for edge in status.neighbours {
            let when = edge.lastSync.map { "last sync \($0) UTC" } ?? "never synced"
            let waiting =
                edge.isNew
                ? "everything is pending"
                : "\(SyncOutput.counted(edge.pending, "row")) pending"
            let schema =
                edge.pendingSchemaChanges == 0
                ? ""
                : ", \(SyncOutput.counted(edge.pendingSchemaChanges, "change")) of schema pending"
            let service = edge.service.map { " (service \($0))" } ?? ""
            let clock = edge.clockSkew.map { ", " + text(of: $0) } ?? ""
            Console.print("neighbour \(edge.name)\(service): \(waiting)\(schema), \(when)\(clock)")
        }
        WaitingOutput.show(status.waiting)
        if !status.capturesSchema {
            Console.print(
                "schema: only changes made by trompe ddl or replication.ddl() travel (to capture all "
                    + "of them, a superuser runs: select replication.capture_schema_changes())")
        }
        for line in status.unattached { Console.print("not replicated: \(line)") }
        for line in status.warnings { Console.print("warning: \(line)") }
    }

    private static func text(of skew: ClockSkew) -> String {
        skew.isWithinError
            ? "clocks level to \(ClockSkew.rounded(max(skew.error, 0.01))) s"
            : "its clock \(skew.inWords) this server's"
    }

    /// The tree as this node knows it, drawn from itself.
    static func tree(_ status: Replication.Status) -> [String] {
        var lines: [String] = []
        func draw(_ number: Int, from parent: Int?, indent: String, mark: String, rest: String) {
            let name = status.members[number] ?? "node \(number)"
            lines.append(indent + mark + "\(name) (\(number))")
            let next = status.edges.compactMap { edge -> Int? in
                guard let other = other(end: number, of: edge), other != parent else { return nil }
                return other
            }
            // A cycle that two edges closed apart must not draw for ever.
            guard lines.count <= status.members.count else { return }
            for (index, child) in next.enumerated() {
                let isLast = index == next.count - 1
                draw(
                    child, from: number, indent: indent + rest,
                    mark: isLast ? "└─ " : "├─ ", rest: isLast ? "   " : "│  ")
            }
        }
        draw(status.node.number, from: nil, indent: "", mark: "", rest: "")
        return lines
    }

    private static func other(end number: Int, of edge: [Int]) -> Int? {
        guard edge.count == 2, edge.contains(number) else { return nil }
        return edge[0] == number ? edge[1] : edge[0]
    }
}

/// The same as JSON.
struct StatusDocument: Encodable {
    struct Neighbour: Encodable {
        let number: Int
        let name: String
        let service: String?
        let pending: Int
        let pendingSchemaChanges: Int
        let lastSync: String?
        let neverSynced: Bool
        let clockSkewSeconds: Double?
        let clockSkewErrorSeconds: Double?
        let clockMeasured: String?
        let pausedSince: String?
        let pauseReason: String?
    }

    let number: Int
    let name: String
    let modulus: Int
    let tables: Int
    let conflicts: Int
    let clockAheadSeconds: Double
    let neighbours: [Neighbour]
    let members: [String: String]
    let edges: [[Int]]
    let waiting: [WaitingDocument]
    let unattached: [String]
    let capturesSchemaChanges: Bool
    let warnings: [String]

    init(_ status: Replication.Status) {
        number = status.node.number
        name = status.node.name
        modulus = status.node.modulus
        tables = status.tables
        conflicts = status.conflicts
        clockAheadSeconds = status.clockAhead
        neighbours = status.neighbours.map { edge in
            Neighbour(
                number: edge.number, name: edge.name, service: edge.service,
                pending: edge.pending, pendingSchemaChanges: edge.pendingSchemaChanges,
                lastSync: edge.lastSync, neverSynced: edge.isNew,
                clockSkewSeconds: edge.clockSkew?.seconds,
                clockSkewErrorSeconds: edge.clockSkew?.error, clockMeasured: edge.clockMeasured,
                pausedSince: edge.pause?.since, pauseReason: edge.pause?.reason)
        }
        members = Dictionary(
            status.members.map { (String($0.key), $0.value) },
            uniquingKeysWith: { first, _ in first })
        edges = status.edges
        waiting = status.waiting.map(WaitingDocument.init)
        unattached = status.unattached
        capturesSchemaChanges = status.capturesSchema
        warnings = status.warnings
    }
}
