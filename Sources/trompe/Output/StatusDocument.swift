import Replication

/// What a node knows, as JSON.
struct StatusDocument: Encodable {
    struct Neighbour: Encodable {
        let number: Int
        let name: String
        let service: String?
        let pending: Int
        /// Whether there are more than were counted.
        let pendingAtLeast: Bool
        /// Whether the neighbour was asked what it has; else some may have arrived there.
        let pendingConfirmed: Bool
        /// What the neighbour has for this node; missing where it was not asked.
        let pendingHere: Int?
        let pendingSchemaChanges: Int
        let waiting: Int
        let lastSync: String?
        let secondsSinceLastSync: Int?
        let neverSynced: Bool
        let waitsForRejoin: Bool
        let clockSkewSeconds: Double?
        let clockSkewErrorSeconds: Double?
        let clockMeasured: String?
        let pausedSince: String?
        let pauseReason: String?
        /// Files that were made for it, and that it is not known to have.
        let exportedFiles: Int
        let secondsSinceFirstExport: Int?
        /// Why it gave no answer; missing where it gave one, or was not asked.
        let problem: String?
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
    let filters: [FilterDocument]
    let unattached: [String]
    let capturesSchemaChanges: Bool
    let warnings: [String]

    /// - Parameter survey: what all that were asked know together.
    init(_ status: Replication.Status, _ survey: Survey) {
        number = status.node.number
        name = status.node.name
        modulus = status.node.modulus
        tables = status.tables
        conflicts = status.conflicts
        clockAheadSeconds = status.clockAhead
        neighbours = status.neighbours.map { edge in
            let there = survey.members[edge.identity]
            let here = there?.status?.neighbours.first { $0.identity == status.node.identity }
            return Neighbour(
                number: edge.number, name: edge.name, service: edge.service,
                pending: edge.pending.rows, pendingAtLeast: !edge.pending.isAll,
                pendingConfirmed: edge.pending.isConfirmed, pendingHere: here?.pending.rows,
                pendingSchemaChanges: edge.pendingSchemaChanges, waiting: edge.waiting,
                lastSync: edge.lastSync?.text, secondsSinceLastSync: edge.lastSync?.secondsAgo,
                neverSynced: edge.isNew, waitsForRejoin: edge.waitsForRejoin,
                clockSkewSeconds: edge.clockSkew?.seconds,
                clockSkewErrorSeconds: edge.clockSkew?.error, clockMeasured: edge.clockMeasured,
                pausedSince: edge.pause?.since, pauseReason: edge.pause?.reason,
                exportedFiles: edge.files, secondsSinceFirstExport: edge.secondsSinceFirstFile,
                problem: there?.problem)
        }
        members = Dictionary(
            status.members.map { (String($0.key), $0.value) },
            uniquingKeysWith: { first, _ in first })
        edges = status.edges
        waiting = status.waiting.map(WaitingDocument.init)
        filters = status.filters.map(FilterDocument.init)
        unattached = status.unattached
        capturesSchemaChanges = status.capturesSchema
        warnings = status.warnings
    }
}
