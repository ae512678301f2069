import Logging
import Postgres

/// Makes two neighbours of a node that died neighbours of each other, without comparing all rows: what each
/// has of the other's log, the dead node has told both while it lived, and their logs name all else. A third
/// neighbour of it, which is joined to one of the two later, has none of this: there all rows are compared.
///
/// Both sides' transactions are open until all is known, and commit one behind the other. Where only one of
/// them did, the same again finishes it: what is settled is settled once more, to the same end.
public struct Graft {
    /// What a person can say of it.
    public struct Options: Sendable, Hashable {
        /// Where the logs do not do, to compare all rows, and let the policies decide.
        public var merges = false
        /// To say what would be done, and change nothing.
        public var isDryRun = false
        /// How long to wait for somebody's lock, in milliseconds.
        public var lockTimeoutMilliseconds = 10_000
        /// The service name of A, by which B finds it.
        public var serviceA: String?
        /// The one of B, by which A finds it.
        public var serviceB: String?

        /// None of these.
        public init() {}
    }

    /// What it did.
    public struct Report: Sendable, Hashable {
        /// The name of the node that died.
        public internal(set) var dead = ""
        /// Why the logs did not do; empty where they did.
        public internal(set) var reasons: [String] = []
        /// The sync that followed at once.
        public internal(set) var sync = Edge.Report()
    }

    /// One side: its session, and who it is.
    struct Side {
        let connection: Connection
        let node: Node
        let service: String?
    }

    /// The node that died, as its neighbours knew it.
    public struct Dead: Sendable, Hashable {
        /// Its number.
        public let number: Int
        let name: String
        let identity: String
        /// The service names by which its neighbours found it.
        public internal(set) var services: [String] = []
        /// Whether one of the two has replaced it already, and is joined to what lay behind it.
        var isReplaced = false
    }

    let edge: Edge
    let a: Side
    let b: Side
    let dead: Dead
    let options: Options
    let logger: Logger
    let onProgress: (Progress) -> Void

    /// Runs it.
    ///
    /// - Throws: `ReplicationError` before anything changes, or `PostgresError`.
    public static func run(
        _ a: Connection, _ b: Connection, _ options: Options = Options(),
        logger: Logger = Logger(label: "trompe"),
        onProgress: @escaping (Progress) -> Void = { _ in }
    ) throws -> Report {
        let edge = try Edge(a, b, logger: logger)
        try edge.nodeA.checkOriginal(before: edge.nodeB.label)
        try edge.nodeB.checkOriginal(before: edge.nodeA.label)
        let sides = (
            Side(connection: a, node: edge.nodeA, service: options.serviceA),
            Side(connection: b, node: edge.nodeB, service: options.serviceB)
        )
        let graft = Graft(
            edge: edge, a: sides.0, b: sides.1, dead: try common(sides.0, sides.1),
            options: options, logger: logger, onProgress: onProgress)
        return try graft.run()
    }

    private func run() throws -> Report {
        for side in [a, b] { try Rights.check(side.connection) }
        let made = try checkEdge()
        for side in [a, b] {
            _ = try Capture.verify(side.connection, isDryRun: options.isDryRun)
        }
        var report = Report(dead: dead.name)
        try withLocks {
            guard !dead.isReplaced else {
                report.reasons = [
                    "\(dead.name) was replaced before, and what it knew of others is forgotten"
                ]
                return
            }
            let reach = try Reach(self)
            report.reasons = reach.reasons
            guard let known = reach.known, !options.isDryRun else { return }
            try join(known, made)
            for side in [a, b] { try forgetLevels(side) }
            report.sync = try sync(merges: false)
        }
        if report.reasons.isEmpty || options.isDryRun { return report }
        try checkFilters()
        guard options.merges else {
            throw ReplicationError.graftNeedsMerge(
                a.node.label, b.node.label, dead: dead.name, reasons: report.reasons)
        }
        try merge(&report)
        return report
    }

    /// The node between the two that is to be replaced.
    ///
    /// - Throws: `ReplicationError.notGraftable` where there is none, or more than one.
    public static func dead(_ a: Connection, _ b: Connection) throws -> Dead {
        let (nodeA, nodeB) = (try Node(a), try Node(b))
        return try common(
            Side(connection: a, node: nodeA, service: nil),
            Side(connection: b, node: nodeB, service: nil))
    }

    private static func common(_ a: Side, _ b: Side) throws -> Dead {
        let known = (try candidates(a, b), try candidates(b, a))
        guard !(known.0.isJoined && known.1.isJoined) else {
            throw ReplicationError.notGraftable(
                a.node.label, b.node.label, because: "they are neighbours already",
                hint: "bring them level with: trompe sync \(a.node.label) \(b.node.label) (and "
                    + "--merge, where a graft with --merge was cut off)")
        }
        var both = known.0.dead.compactMap { one in
            known.1.dead.first { $0.number == one.number && $0.identity == one.identity }
                .map { other in
                    var dead = one
                    dead.services += other.services
                    return dead
                }
        }
        if both.isEmpty {
            both = try replaced(known.0.dead, a, b) + replaced(known.1.dead, b, a)
        }
        guard both.count == 1, let dead = both.first else {
            throw ReplicationError.notGraftable(
                a.node.label, b.node.label, because: "no node is a neighbour of both",
                hint:
                    "nothing was changed. After an unlink, where several neighbours died at once, or "
                    + "a graft with --merge was cut off, begin anew: trompe unlink each from those "
                    + "that are gone, trompe link \(a.node.label) \(b.node.label), and then trompe "
                    + "sync --merge")
        }
        return dead
    }

    /// The neighbour by which a side was joined to the other one, and which the other one knows no more.
    private static func replaced(_ dead: [Dead], _ side: Side, _ other: Side) throws -> [Dead] {
        let (tree, others) = (try Tree(side.connection), try Tree(other.connection))
        guard
            tree.members.contains(where: {
                $0.number == other.node.number && $0.identity == other.node.identity
            }),
            let path = tree.path(from: side.node.number, to: other.node.number, without: nil),
            path.count > 2
        else { return [] }
        return dead.filter { one in
            one.number == path[1] && !others.members.contains { $0.number == one.number }
        }
        .map { one in
            var dead = one
            dead.isReplaced = true
            return dead
        }
    }

    /// The neighbours of a side that may be meant; behind a graft that was cut off, the one that it was
    /// about, too.
    private static func candidates(
        _ side: Side, _ other: Side
    ) throws -> (dead: [Dead], isJoined: Bool) {
        let isJoined = try !Neighbour.all(side.connection, number: other.node.number).isEmpty
        let rows = try side.connection.query(
            """
            select n.number, n.name, n.identity, n.service
            from replication.neighbour as n
            where n.number <> \(other.node.number)
            union
            select l.neighbour, coalesce(m.name, 'node ' || l.neighbour), l.identity, null
            from replication.level as l
                left join replication.member as m on m.number = l.neighbour
            where \(isJoined)::boolean
                and l.neighbour <> \(other.node.number)
                and not exists (
                    select from replication.neighbour as n where n.number = l.neighbour
                )
            """)
        return (
            try rows.map {
                Dead(
                    number: try $0.int("number"), name: try $0.string("name"),
                    identity: try $0.string("identity"),
                    services: [try $0.optionalString("service")].compactMap { $0 })
            }, isJoined
        )
    }

    private func forgetLevels(_ side: Side) throws {
        try side.connection.execute(
            "delete from replication.level where neighbour = \(dead.number)")
    }

    private func sync(merges: Bool) throws -> Edge.Report {
        var sync = SyncOptions()
        sync.merges = merges
        sync.lockTimeoutMilliseconds = options.lockTimeoutMilliseconds
        return try Edge(a.connection, b.connection, logger: logger)
            .sync(sync, onProgress: onProgress)
    }

    /// A new edge, over which all rows are compared.
    private func merge(_ report: inout Report) throws {
        _ = try Shape.check(a.connection, b.connection)
        for side in [a, b]
        where try !Neighbour.all(side.connection, number: dead.number).isEmpty {
            try Edge.forget(dead.number, at: side.connection)
        }
        try edge.link(serviceA: a.service, serviceB: b.service)
        for side in [a, b] { try forgetLevels(side) }
        report.sync = try sync(merges: true)
    }

    /// A new edge has no filter: what it kept back would arrive, and what it took away would be taken for
    /// a change.
    private func checkFilters() throws {
        for side in [a, b] {
            let filters = try side.connection.query(
                "select from replication.filter where neighbour = \(dead.number)")
            guard filters.isEmpty else {
                let (first, second) = (a.node.label, b.node.label)
                throw ReplicationError.notGraftable(
                    first, second,
                    because:
                        "the edge of \(side.node.label) and \(dead.name) had a filter, and a new "
                        + "edge has none",
                    hint: "nothing was changed; set it before anything is compared: trompe unlink "
                        + "\(first) --node \(dead.number), the same for \(second), trompe link "
                        + "\(first) \(second), trompe filter, and then trompe sync \(first) "
                        + "\(second) --merge")
            }
        }
    }

    /// No agent is on any edge of the two.
    private func withLocks(_ body: () throws -> Void) throws {
        let sides = (try Rejoin.Side(a.connection), try Rejoin.Side(b.connection))
        try Rejoin.Locks(sides.0, sides.1).hold {
            try Rejoin.Locks(sides.1, sides.0).hold(body)
        }
    }
}
