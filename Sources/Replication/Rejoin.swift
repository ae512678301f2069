import Logging
import Postgres

/// Brings a node that went back in time, or a copy of one, into the tree again.
///
/// It gets a new identity, draws numbers above all that it may have handed out before, and forgets
/// how far it had come with anybody. Then the edge is merged whole, and goes on from there. Each step
/// is a transaction, and what is done is written down: run again, it goes on where it stopped.
public struct Rejoin {
    /// What a person can say of it.
    public struct Options: Sendable, Hashable {
        /// A number of its own, for a copy whose original lives on.
        public var node: Int?
        /// Another name.
        public var name: String?
        /// The database that has its number, as far as others know, is gone for good.
        public var replaces = false
        /// How long to wait for somebody's lock, in milliseconds.
        public var lockTimeoutMilliseconds = 10_000
        /// As in `SyncOptions`.
        public var stagingBytes = SyncOptions().stagingBytes
        /// As in `SyncOptions`.
        public var pieceBytes = SyncOptions().pieceBytes

        /// None of these.
        public init() {}
    }

    /// What it did.
    public struct Report: Sendable, Hashable {
        /// The nodes that came back, by their labels; none where the edge was in order.
        public internal(set) var returned: [String] = []
        /// The neighbours with which a node that came back has not been merged yet.
        public internal(set) var waiting: [Waiting] = []
        /// The sync that merged the two.
        public internal(set) var sync = Edge.Report()

        /// An edge that waits for a rejoin.
        public struct Waiting: Sendable, Hashable {
            /// The label of the node that came back.
            public let node: String
            /// The name of its neighbour.
            public let neighbour: String
        }
    }

    /// One side: its session, and who it is.
    struct Side {
        let connection: Connection
        var node: Node

        init(_ connection: Connection) throws {
            self.connection = connection
            node = try Node(connection)
        }

        mutating func readAgain() throws { node = try Node(connection) }

        /// What it knows of the other side.
        func neighbour(_ other: Side) throws -> Neighbour? {
            try Neighbour.all(connection, number: other.node.number).first
        }
    }

    var a: Side
    var b: Side
    let options: Options
    /// Other databases that may hold numbers of the one that came back.
    let witnesses: [Connection]
    let logger: Logger
    let onProgress: (Progress) -> Void

    /// Runs it: A is the node that went back, or the copy; without a new number it may be either.
    ///
    /// - Parameters:
    ///   - options: what the user said.
    ///   - witnesses: other neighbours of the node: they may have numbers that it drew before.
    /// - Throws: `ReplicationError` before anything changes, or `PostgresError`.
    public static func run(
        _ a: Connection, _ b: Connection, _ options: Options = Options(),
        witnesses: [Connection] = [], logger: Logger = Logger(label: "trompe"),
        onProgress: @escaping (Progress) -> Void = { _ in }
    ) throws -> Report {
        var rejoin = Rejoin(
            a: try Side(a), b: try Side(b), options: options, witnesses: witnesses, logger: logger,
            onProgress: onProgress)
        guard rejoin.a.node.modulus == rejoin.b.node.modulus else {
            throw ReplicationError.differentModulus(
                a.label, rejoin.a.node.modulus, b.label, rejoin.b.node.modulus)
        }
        return try rejoin.run()
    }

    private mutating func run() throws -> Report {
        for (side, other) in [(a, b), (b, a)] {
            if let pause = try side.neighbour(other)?.pause {
                throw ReplicationError.paused(
                    database: side.node.label, neighbour: other.node.label, pause: pause)
            }
        }
        var report = Report()
        if let number = options.node, number != a.node.number {
            try becomeAnother(number, &report)
        } else {
            try becomeItself(&report)
        }
        try a.readAgain()
        try b.readAgain()
        try settleEdge()
        report.sync = try merge()
        try endWaiting()
        report.waiting = try [a, b].flatMap { side in
            try Neighbour.all(side.connection).filter { $0.knownAs != nil }.map {
                Report.Waiting(node: side.node.label, neighbour: $0.name)
            }
        }
        return report
    }

    /// Makes the side a node of the tree again. Its sequences go on above what either side knows.
    func comeBack(_ side: Side, with other: Side, number: Int, name: String?) throws {
        let timeout = "\(options.lockTimeoutMilliseconds)ms"
        let numbers = try Numbers.known(to: [other.connection] + witnesses)
        try Locks(side, other).hold {
            try side.connection.transaction {
                try side.connection.execute("set local synchronous_commit = on")
                try side.connection.execute(
                    "select set_config('lock_timeout', \(timeout), true)")
                try side.connection.execute(
                    """
                    select replication.come_back(\(number)::int, \(name)::text,
                        \(other.node.number)::int, \(other.node.name), \(other.node.identity)::uuid)
                    """)
                try Numbers.pass(numbers, at: side.connection)
            }
        }
    }

    /// Makes the edge like a new one where one side has not heard yet that the other came back, and
    /// finishes what is half linked. Looked at anew, so that it goes on where it was interrupted.
    private func settleEdge() throws {
        for (side, other) in [(a, b), (b, a)] {
            guard let here = try side.neighbour(other), here.knownAs != nil else { continue }
            // Each edge in its turn: the numbers that went over this one are known to this one.
            try side.connection.transaction {
                try Numbers.pass(
                    try Numbers.known(to: [other.connection]), at: side.connection)
            }
            guard let there = try other.neighbour(side), there.identity != side.node.identity else {
                continue
            }
            try other.connection.transaction {
                try other.connection.execute("set local synchronous_commit = on")
                try other.connection.execute(
                    """
                    select replication.meet_again(\(side.node.number)::int, \(side.node.name),
                        \(side.node.identity)::uuid)
                    """)
            }
        }
        if try a.neighbour(b) == nil || b.neighbour(a) == nil {
            try Edge(a.connection, b.connection, logger: logger).link()
        }
    }

    /// Both directions, the one from the node that came back first: it is there that is known which
    /// of its rows are news.
    private func merge() throws -> Edge.Report {
        let isBWaiting = try b.neighbour(a)?.knownAs != nil
        let isAWaiting = try a.neighbour(b)?.knownAs != nil
        let (first, second) = isBWaiting && !isAWaiting ? (b, a) : (a, b)
        var sync = SyncOptions()
        sync.merges = true
        sync.isRejoin = true
        sync.lockTimeoutMilliseconds = options.lockTimeoutMilliseconds
        sync.stagingBytes = options.stagingBytes
        sync.pieceBytes = options.pieceBytes
        return try Edge(first.connection, second.connection, logger: logger)
            .sync(sync, onProgress: onProgress)
    }

    private func endWaiting() throws {
        for (side, other) in [(a, b), (b, a)] {
            try side.connection.execute(
                """
                update replication.neighbour
                set known_as = null,
                    is_behind = false
                where number = \(other.node.number)
                    and known_as is not null
                """)
        }
    }
}
