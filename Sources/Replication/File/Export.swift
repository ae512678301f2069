import Foundation
import Logging
import Postgres

/// Writes what a node has for a neighbour into a file, from one snapshot: a direction on its way, of which
/// the target's half is `Import`.
///
/// The file holds what the neighbour is not known to have, so one that is lost is no harm, and files can
/// be carried out in any order. It holds enough of the node to stand in for it: see `StandIn`.
public struct Export {
    /// What a person can say of it.
    public struct Options: Sendable, Hashable {
        /// The neighbour: its name, its service name, or its number.
        public let neighbour: String
        /// The folder with pg_dump and pg_restore; nil: where PATH finds them.
        public var programs: String?
        /// How long to wait for somebody's lock, in milliseconds.
        public var lockTimeoutMilliseconds = 10_000

        /// A file for this neighbour.
        public init(for neighbour: String) { self.neighbour = neighbour }
    }

    /// What it did.
    public struct Report: Sendable, Hashable {
        /// The node that was exported.
        public let node: Node
        /// The name of the one that the file is for, and its number.
        public let neighbour: String
        /// Its number.
        public let number: Int
        /// The changed rows, by table, deleted ones among them.
        public internal(set) var tables: [String: Int] = [:]
        /// How many large objects went along.
        public internal(set) var objects = 0
        /// What was put right before, as lines for a person.
        public internal(set) var mended: [String] = []
    }

    let source: Connection
    let node: Node
    let neighbour: Neighbour
    let options: Options
    let logger: Logger
    let onProgress: (Progress) -> Void

    /// Writes a file.
    ///
    /// - Parameters:
    ///   - source: a node.
    ///   - descriptor: where the file goes; it is not closed. It counts as one only once the caller has made
    ///     it durable.
    /// - Throws: `ReplicationError` or `PostgresError`; what was written is worth nothing then.
    public static func run(
        _ source: Connection, _ options: Options, to descriptor: Int32,
        logger: Logger = Logger(label: "trompe"),
        onProgress: @escaping (Progress) -> Void = { _ in }
    ) throws -> Report {
        let node = try Node(source)
        let export = Export(
            source: source, node: node, neighbour: try find(options.neighbour, source, node),
            options: options, logger: logger, onProgress: onProgress)
        // As an agent that syncs, it is alone on the edge, as far as this end of it goes.
        return try source.alone(
            "hashtext('trompe')::int, \(Edge.key(node.number, export.neighbour.number))::int",
            else: .busy(node.label, export.neighbour.name)
        ) { try export.run(to: descriptor) }
    }

    private static func find(
        _ name: String, _ source: Connection, _ node: Node
    ) throws -> Neighbour {
        let all = try Neighbour.all(source)
        let found =
            all.first { $0.service == name } ?? all.first { $0.name == name }
            ?? all.first { String($0.number) == name }
        guard let found else {
            throw ReplicationError.notExportable(
                database: node.label, neighbour: name, because: "it is no neighbour",
                hint: all.isEmpty
                    ? "\(node.label) has none yet: trompe link"
                    : "name one of: \(all.map(\.name).joined(separator: ", "))")
        }
        return found
    }

    private func run(to descriptor: Int32) throws -> Report {
        let programs = try DumpPrograms(folder: options.programs)
        try check(programs)
        var report = Report(node: node, neighbour: neighbour.name, number: neighbour.number)
        report.mended = try Capture.verify(source, isDryRun: false)
        let writer = try ExportWriter(to: descriptor)
        let token = UUID().uuidString.lowercased()
        let snapshot = try source.withExportedSnapshot(
            "begin isolation level repeatable read",
            // What is made for a while is no change of schema.
            "set local session_replication_role = replica",
            besides: "^staged_[0-9]+$",
            lockTimeoutMilliseconds: options.lockTimeoutMilliseconds
        ) { name, snapshot in
            let header = try header(snapshot, token)
            try writer.write(header)
            try writeSchema(name, programs, to: writer)
            try Contents(export: self, header: header, writer: writer).write(&report)
            return snapshot
        }
        // Before the file is whole: what is carried out has been offered.
        try source.transaction {
            try source.execute("set local synchronous_commit = on")
            try source.execute(
                """
                select replication.make_file_offer(\(neighbour.number)::int, \(token)::uuid,
                    \(snapshot)::pg_snapshot)
                """)
        }
        try writer.end()
        return report
    }

    // MARK: - Before

    /// So many files may be under way.
    static let filesAtMost = 1_000

    private func check(_ programs: DumpPrograms) throws {
        try node.checkOriginal(before: neighbour.service ?? neighbour.name)
        if neighbour.knownAs != nil {
            throw ReplicationError.mustRejoin(database: node.label, neighbour: neighbour.name)
        }
        if let pause = neighbour.pause {
            throw ReplicationError.paused(
                database: node.label, neighbour: neighbour.name, pause: pause)
        }
        try Rights.check(source)
        let refused = { (because: String, hint: String) in
            ReplicationError.notExportable(
                database: node.label, neighbour: neighbour.name, because: because, hint: hint)
        }
        guard !neighbour.isClone, neighbour.acknowledged ?? neighbour.wayBack != nil else {
            throw refused(
                "the two have never been synced",
                "sync them once, online, or make one with trompe clone: then files do")
        }
        let release = source.serverVersion / 10_000
        guard programs.release >= release else {
            throw refused(
                "pg_dump is of release \(programs.release), and the server of \(release)",
                "install PostgreSQL \(release)'s client programs, or name their folder with "
                    + "--bindir")
        }
        let made = try source.query(
            """
            select count(*) as count
            from replication.file_offer
            where neighbour = \(neighbour.number)
            """
        ).first?.int("count")
        guard made ?? 0 < Self.filesAtMost else {
            throw refused(
                "\(Self.filesAtMost) files for it are under way, and it is not known to have "
                    + "any of them",
                "import the last one there, and what it exports here; or sync once, online")
        }
    }

    // MARK: - The snapshot

    /// As the snapshot shows who knows what.
    private func header(_ snapshot: String, _ token: String) throws -> ExportHeader {
        let known = try Neighbour.all(source, number: neighbour.number).first ?? neighbour
        let since = known.acknowledged ?? known.wayBack ?? .nothing
        let facts = try source.query(
            """
            select to_char(replication.now(), 'YYYY-MM-DD HH24:MI:SS') as made_at,
                array(
                    select o.token::text
                    from (
                        select f.token
                        from replication.file_offer as f
                        where f.neighbour = \(known.number)
                        union
                        select unnest(array[e.seen, e.offered])
                        from replication.offer as e
                        where e.neighbour = \(known.number)
                    ) as o
                    where o.token is not null
                ) as tokens
            """
        ).first
        return ExportHeader(
            from: .init(number: node.number, name: node.name, identity: node.identity),
            to: .init(number: known.number, name: known.name, identity: known.identity),
            modulus: node.modulus, madeAt: try facts?.string("made_at") ?? "",
            snapshot: snapshot, since: since.text,
            isWayBack: known.acknowledged == nil, heard: known.received?.text,
            heardToken: known.receivedToken,
            token: token,
            tokens: try facts?.strings("tokens") ?? [], orders: try orders())
    }

    /// A dump gives the columns of a table that inherits another order.
    private func orders() throws -> [String: [String]] {
        let rows = try source.query(
            """
            select replication.full_name(r.relid) as name, array(
                    select a.attname::text
                    from pg_attribute as a
                    where a.attrelid = r.relid
                        and a.attnum > 0
                        and not a.attisdropped
                    order by a.attnum
                ) as columns
            from replication.relation as r
            where r.kind = 'i'
            """)
        return Dictionary(
            try rows.map { (try $0.string("name"), try $0.strings("columns")) },
            uniquingKeysWith: { first, _ in first })
    }
}
