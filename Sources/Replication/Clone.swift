import Foundation
import Logging
import Postgres

/// Makes a new node from a running one: a dump of it, taken from one snapshot, which becomes the
/// watermark of the new edge. So nothing is missed that is written meanwhile, and nothing is compared.
///
/// The source knows the node from before the snapshot on, and its logs keep what comes after that. Each
/// step leaves a trace by which the next run knows where to go on: the neighbour row on the source, the
/// schema `trompe_clone` in a database that is not whole yet, the file `clone.json` beside a whole dump.
public struct Clone {
    /// What a person can say of it.
    public struct Options: Sendable, Hashable {
        /// The number of the new node.
        public var number: Int
        /// Its name; the database's unless given.
        public var name: String?
        /// How many sessions dump, and restore, at once.
        public var jobs = 2
        /// Where the dump is kept, so that another run can go on from it; nil: in a temporary folder.
        public var directory: String?
        /// The folder with pg_dump and pg_restore; nil: where PATH finds them.
        public var programs: String?
        /// How to reach the two by a service name.
        public var sourceService: String?
        /// The same of the new node.
        public var cloneService: String?
        /// How long to wait for somebody's lock, in milliseconds.
        public var lockTimeoutMilliseconds = 10_000

        /// A node with this number.
        public init(number: Int) { self.number = number }
    }

    /// What it did.
    public struct Report: Sendable, Hashable {
        /// The new node.
        public let node: Node
        /// Whether there was a whole dump to go on from.
        public internal(set) var wasDumped = false
        /// Whether the database had been restored already.
        public internal(set) var wasRestored = false
        /// The bytes of the new database.
        public internal(set) var bytes = 0
        /// What came of what was written meanwhile.
        public internal(set) var sync = Edge.Report()
    }

    /// What it is doing.
    public enum Step: Sendable, Hashable {
        /// The dump is being written: so many bytes so far, compressed.
        case dumping(bytes: Int)
        /// It is read into the new database, which has so many bytes so far.
        case restoring(bytes: Int)
        /// What was left by an earlier run is removed.
        case clearing
        /// The new database becomes a node.
        case numbering
        /// Ordinary progress of the sync at the end.
        case syncing(Progress)
    }

    let source: Connection
    let target: Connection
    let sourceNode: Node
    let options: Options
    let logger: Logger
    let onStep: (Step) -> Void

    /// Runs it.
    ///
    /// - Parameters:
    ///   - source: a node.
    ///   - target: an empty database, or one that an earlier run was ended in.
    /// - Throws: `ReplicationError` before anything changes, or `PostgresError`.
    public static func run(
        _ source: Connection, _ target: Connection, _ options: Options,
        logger: Logger = Logger(label: "trompe"), onStep: @escaping (Step) -> Void = { _ in }
    ) throws -> Report {
        let clone = Clone(
            source: source, target: target, sourceNode: try Node(source), options: options,
            logger: logger, onStep: onStep)
        return try clone.run()
    }

    private func run() throws -> Report {
        guard try !Edge.isOneDatabase(source, target) else {
            throw ReplicationError.sameDatabase(source.label, target.label)
        }
        let programs = try DumpPrograms(folder: options.programs)
        try sourceNode.checkOriginal(
            before: Neighbour.all(source).first.map { $0.service ?? $0.name } ?? "NEIGHBOUR")
        try checkServers(programs)
        let folder = try DumpFolder(options.directory)
        defer { folder.removeIfTemporary() }
        return try alone {
            let identity = try reserve(programs)
            var wasRestored = true
            var wasDumped = false
            if try !isRestored(identity) {
                wasRestored = false
                try endOldSessions(identity)
                let kept = try folder.finished(identity)
                wasDumped = try kept.map(isOffered) ?? false
                let dump: DumpFolder.Dump
                if let kept, wasDumped {
                    dump = kept
                } else {
                    dump = try makeDump(into: folder, identity, programs)
                }
                try restore(dump, folder, identity, programs)
            }
            try finish(identity)
            var report = Report(
                node: try Node(target), wasDumped: wasDumped, wasRestored: wasRestored)
            var sync = SyncOptions()
            sync.lockTimeoutMilliseconds = options.lockTimeoutMilliseconds
            report.sync = try Edge(source, target, logger: logger).sync(sync) {
                onStep(.syncing($0))
            }
            report.bytes = try size()
            return report
        }
    }

    // MARK: - Before

    private func checkServers(_ programs: DumpPrograms) throws {
        try Node.checkServer(target)
        try Node.checkPrimary(target)
        let (from, to) = (source.serverVersion / 10_000, target.serverVersion / 10_000)
        guard from <= to else {
            throw ReplicationError.notClonable(
                database: target.label,
                because: "its server is PostgreSQL \(to), older than \(source.label)'s, \(from)",
                hint: "a dump goes into a server of its own release or a newer one")
        }
        guard programs.release >= from else {
            throw ReplicationError.notClonable(
                database: source.label,
                because: "pg_dump is of release \(programs.release), and the server of \(from)",
                hint: "install PostgreSQL \(from)'s client programs, or name their folder with "
                    + "--bindir")
        }
        let roles = try source.query(
            """
            select distinct r.rolname as name
            from pg_shdepend as d
                join pg_roles as r on r.oid = d.refobjid
            where d.refclassid = 'pg_authid'::regclass
                and d.dbid = (select b.oid from pg_database as b where b.datname = current_database())
                and r.rolname !~ '^pg_'
            order by 1
            """
        ).map { try $0.string("name") }
        let known = try target.query("select rolname as name from pg_roles").map {
            try $0.string("name")
        }
        let missing = Set(roles).subtracting(known).sorted()
        guard missing.isEmpty else {
            throw ReplicationError.notClonable(
                database: target.label,
                because: "roles that own something in \(source.label), or have rights on it, are "
                    + "missing: \(missing.joined(separator: ", "))",
                hint: "make them first; pg_dumpall --roles-only prints how")
        }
    }

    /// One agent at a time makes the node, and from one source.
    private func alone<T>(_ body: () throws -> T) throws -> T {
        try alone(at: source) { try alone(at: target, body) }
    }

    private func alone<T>(at side: Connection, _ body: () throws -> T) throws -> T {
        try side.alone(
            "hashtext('trompe clone')::int, \(options.number)::int",
            else: .busy(sourceNode.label, target.label), body)
    }

    /// Makes the node known to the source, before anything else: from now on the number is its own, and
    /// the logs are kept for it. Returns its identity.
    private func reserve(_ programs: DumpPrograms) throws -> String {
        let number = options.number
        if let known = try Neighbour.all(source, number: number).first {
            guard known.isClone else { throw taken(number, known.name) }
            return known.identity
        }
        guard (1...sourceNode.modulus).contains(number) else {
            throw ReplicationError.badNumber(node: number, modulus: sourceNode.modulus)
        }
        let members = try source.query(
            "select name from replication.member where number = \(number)")
        if let member = members.first { throw taken(number, try member.string("name")) }
        guard try isEmpty() else { throw notEmpty }
        try checkBeforeAll(programs)
        let identity = UUID().uuidString.lowercased()
        try source.transaction {
            try source.execute("set local synchronous_commit = on")
            try source.execute(
                """
                select replication.begin_clone(\(number)::int, \(try name()), \(identity)::uuid,
                    \(options.cloneService)::text)
                """)
        }
        return identity
    }

    private func taken(_ number: Int, _ name: String) -> ReplicationError {
        .notClonable(
            database: sourceNode.label, because: "the number \(number) is taken by \(name)",
            hint: "nothing was changed; give another one with --node")
    }

    var notEmpty: ReplicationError {
        .notClonable(
            database: target.label, because: "it is not empty",
            hint: "nothing was changed; make a new database for the clone: createdb NAME")
    }

    private func name() throws -> String {
        try options.name
            ?? target.query("select current_database() as name").first?.string("name") ?? ""
    }

    /// Nothing of a user's is in it.
    func isEmpty() throws -> Bool { try target.isEmptyDatabase() }

    func size() throws -> Int {
        try target.query("select pg_database_size(current_database()) as bytes").first?
            .int("bytes") ?? 0
    }
}

extension Connection {
    /// Nothing of a user's is in it.
    func isEmptyDatabase() throws -> Bool {
        try query(
            """
            select not exists (
                    select
                    from pg_class as c
                        join pg_namespace as n on n.oid = c.relnamespace
                    where n.nspname !~ '^pg_'
                        and n.nspname <> 'information_schema'
                        and \(Clone.belongsToNoExtension)
                )
                and not exists (
                    select
                    from pg_namespace as n
                    where n.nspname !~ '^pg_'
                        and n.nspname not in ('information_schema', 'public')
                )
                and not exists (select from pg_largeobject_metadata) as is_empty
            """
        ).first?.bool("is_empty") ?? false
    }
}
