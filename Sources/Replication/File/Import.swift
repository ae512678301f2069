import Foundation
import Logging
import Postgres

/// Carries out a file that a neighbour has exported: the target's half of a direction.
public struct Import {
    /// What a person can say of it.
    public struct Options: Sendable, Hashable {
        /// An empty database in which the file is unpacked; nil: one is made beside the node, and removed.
        public var through: String?
        /// As for a sync.
        public var sync = SyncOptions()

        /// All as one would expect it.
        public init() { sync.isOneWay = true }
    }

    /// What it did.
    public struct Report: Sendable {
        /// The name of the node that the file came from.
        public let from: String
        /// When it was made, by that node's clock; as text in UTC.
        public let madeAt: String
        /// Whether the node had all of it already: nothing was changed.
        public internal(set) var isKnown = false
        /// What came of it, as of a sync in one direction.
        public internal(set) var sync = Edge.Report()
    }

    /// Reads a file, and carries it out.
    ///
    /// - Parameters:
    ///   - name: what messages call the file.
    ///   - descriptor: a file in which one can go back; it stays open.
    ///   - target: the node.
    /// - Throws: `ReplicationError` or `PostgresError`; nothing has changed then.
    public static func run(
        _ name: String, _ descriptor: Int32, into target: Connection,
        _ options: Options = Options(), logger: Logger = Logger(label: "trompe"),
        onProgress: @escaping (Progress) -> Void = { _ in }
    ) throws -> Report {
        let node = try Node(target)
        let reader = ExportReader(name, descriptor)
        let header = try reader.check()
        let place = FilePlace(header: header, name: name)
        if options.through == nil { try StandIn.removeLeftovers(target) }
        var report = Report(from: header.from.name, madeAt: header.madeAt)
        guard try place.hasNews(for: target, node) else {
            report.isKnown = true
            return report
        }
        let found = try StandIn.with(reader, beside: target, through: options.through) {
            standIn -> Edge.Report? in
            var edge = try Edge(standIn, target, logger: logger)
            edge.standIn = StandIn(header: header)
            return try edge.take(place, options.sync, onProgress: onProgress)
        }
        if let found { report.sync = found } else { report.isKnown = true }
        return report
    }
}

extension Edge {
    /// The direction from a stand-in, with what belongs to it. Nil where another agent was quicker, and
    /// there is nothing left to do.
    fileprivate func take(
        _ place: FilePlace, _ options: SyncOptions, onProgress: @escaping (Progress) -> Void
    ) throws -> Report? {
        try withLock { _ in
            guard try place.hasNews(for: b, nodeB) else { return nil }
            var report = Report()
            try Rights.check(b)
            try checkTree(Tree(a), Tree(b))
            try checkFilters(place)
            report.mended = try Capture.verify(b, isDryRun: options.isDryRun)
            report.warnings = Rights.warnings([b])
            var there = Direction(
                source: a, target: b, sourceNode: nodeA, targetNode: nodeB, options: options,
                logger: logger, onProgress: onProgress)
            there.standIn = standIn
            let back = Direction(
                source: b, target: a, sourceNode: nodeB, targetNode: nodeA, options: options,
                logger: logger, onProgress: onProgress)
            let isChanged = try !there.pendingSchemaChanges().isEmpty
            do {
                for way in try order(there, back, report: &report) {
                    report.directions.append(try way.run())
                }
            } catch ReplicationError.schemaNewerAtTarget(_, _, let change, _) {
                throw ReplicationError.fileRefused(
                    file: place.name,
                    because: "\(nodeB.label) has changed its schema, which \(nodeA.name) had not "
                        + "heard of when the file was made:\n  \(change.text)",
                    hint: "nothing was changed, as rows of the older schema would lose values: "
                        + (isChanged
                            ? "\(nodeA.name) has changed its own as well, and where both have, files "
                                + "are refused both ways: sync"
                            : "export for \(nodeA.name) here, import that there, and have a new file "
                                + "made; or sync"))
            }
            if !options.isDryRun { try tidyUpTarget() }
            return report
        }
    }

    /// A file that was made under another filter has other rows.
    private func checkFilters(_ place: FilePlace) throws {
        do {
            try checkFilters()
        } catch ReplicationError.filtersDiffer(_, _, let tables) {
            throw ReplicationError.fileRefused(
                file: place.name,
                because: "it was made before a filter was set, changed or removed: "
                    + tables.joined(separator: ", "),
                hint: "nothing was changed; make a new file on \(nodeA.name), or sync")
        }
    }

    /// What a sync does at its end, on the one side that is here.
    private func tidyUpTarget() throws {
        let answers = try b.queries([
            "select replication.purge()",
            """
            select exists (select from replication.loose_object) as has_loose,
                exists (select from replication.held_object) as has_held
            """,
            Capture.outdated,
        ])
        try tidyUpObjects(b, answers[1])
        try Capture.follow(answers[2], b)
    }
}
