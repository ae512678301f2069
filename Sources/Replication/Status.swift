import Postgres

/// What a node knows of itself, its neighbours and its tables.
public struct Status: Sendable, Hashable {
    /// A neighbour as this node sees it.
    public struct Edge: Sendable, Hashable {
        /// Its node number.
        public let number: Int
        /// Its name.
        public let name: String
        /// Which installation it is.
        public let identity: String
        /// How an agent reaches it from here, where that is a service name.
        public let service: String?
        /// Rows that wait to be sent there.
        public internal(set) var pending: Pending
        /// Changes of schema that wait to be sent there, as far as is known here.
        public let pendingSchemaChanges: Int
        /// When something last arrived from there, or nothing was new; nil if never.
        public let lastSync: LastSync.Moment?
        /// Whether the edge has never been synced.
        public let isNew: Bool
        /// Rows of the neighbour's that could not be applied here and wait.
        public let waiting: Int
        /// Whether it waits for a rejoin.
        public let waitsForRejoin: Bool
        /// By how much its server's clock was ahead of this one's; nil where it was never measured.
        public let clockSkew: ClockSkew?
        /// When that was; as text in UTC.
        public let clockMeasured: String?
        /// Where nothing is synced over it: since when, and why.
        public let pause: Pause?
        /// Files that were made for it, and that it is not known to have.
        public let files: Int
        /// How long ago the first of them was made; nil where there is none.
        public let secondsSinceFirstFile: Int?
        /// How much of its log is applied here, and how much of ours there, as far as is known here.
        let received: Watermark?
        let acknowledged: Watermark?
    }

    /// Rows that wait to be sent.
    public struct Pending: Sendable, Hashable {
        /// How many.
        public let rows: Int
        /// Whether that is all of them; else there are more, and they were not counted.
        public let isAll: Bool
        /// Whether the neighbour itself was asked what it has. Else some may have arrived there of which
        /// this node has not heard.
        public let isConfirmed: Bool
    }

    /// Who it is.
    public let node: Node
    /// Those it exchanges changes with.
    public internal(set) var neighbours: [Edge]
    /// The tree as it is known here.
    let tree: Tree
    /// How many tables of the users are replicated.
    public let tables: Int
    /// How many conflicts its history holds.
    public let conflicts: Int
    /// Rows of neighbours that could not be applied here and wait; at most 1,000.
    public let waiting: [WaitingRow]
    /// Tables that are not replicated, with the reason.
    public let unattached: [String]
    /// Sequences that have few numbers left, one line each.
    public let scarceSequences: [String]
    /// Capture triggers that are not as they must be, one line each.
    public let brokenCapture: [String]
    /// By how many seconds the times that changes are given run ahead of the server's clock, because
    /// of changes that came with later ones.
    public let clockAhead: Double
    /// Whether changes of schema are captured as they are made; if not, by replication.ddl() alone.
    public let capturesSchema: Bool
    /// What neighbours get of a table, or this node does, where it is not all of it.
    public let filters: [KnownFilter]
    /// What is said of the role that asked.
    let ofRole: [String]

    /// All nodes of the tree that are known here, as number and name.
    public var members: [Int: String] { tree.names }

    /// The edges of the tree that are known here.
    public var edges: [[Int]] { tree.edges.map { [$0.low, $0.high] } }

    /// What a person should look into.
    public var warnings: [String] {
        scarceSequences + brokenCapture + ofRole + wrongClocks
            + (node.isOriginal
                ? [] : ["this database is a copy, or was restored from a dump; see trompe rejoin"])
            + neighbours.filter(\.waitsForRejoin).map {
                "the edge to \($0.name) waits for trompe rejoin"
            } + paused
    }

    /// What a pause costs is said as long as it lasts.
    private var paused: [String] {
        let costs = "changes go on being logged until: trompe resume \(node.label)"
        if let pause = neighbours.first?.pause, pause.isOfNode {
            return ["\(pause.inWords(node.name)); \(costs)"]
        }
        return neighbours.compactMap { edge in
            edge.pause.map {
                "neighbour \(edge.name): \($0.inWords(node.name)); \(costs) "
                    + (edge.service ?? "--node \(edge.number)")
            }
        }
    }

    /// Asks a node.
    ///
    /// - Parameter bound: no more is counted of what is pending for a neighbour.
    public init(_ connection: Connection, countingUpTo bound: Int = 1_000_000) throws {
        node = try Node(connection)
        let answers = try connection.queries(
            [
                Self.counts, Self.neighbours(bound), Self.unattached, Self.scarceSequences,
                Self.brokenCapture, WaitingRow.question(), KnownFilter.question(),
            ] + Tree.questions)
        let counts = answers[0].first
        clockAhead = try Double(counts?.int("clock") ?? 0) / 1_000_000
        capturesSchema = try counts?.bool("captures_schema") ?? false
        tables = try counts?.int("tables") ?? 0
        conflicts = try counts?.int("conflicts") ?? 0
        neighbours = try answers[1].map(Edge.init)
        unattached = try answers[2].map { try $0.string("line") }
        scarceSequences = try answers[3].map { try $0.string("line") }
        brokenCapture = try answers[4].map { try $0.string("line") }
        waiting = try WaitingRow.all(answers[5])
        filters = try KnownFilter.all(answers[6])
        tree = try Tree(Array(answers[7...]))
        ofRole = Rights.warnings([connection])
    }

    /// Clocks that are too far apart, and times that are not of today.
    private var wrongClocks: [String] {
        var lines = neighbours.compactMap { edge -> String? in
            guard let skew = edge.clockSkew, skew.isTooLarge else { return nil }
            return
                "the clock of \(edge.name) \(skew.inWords) this server's; set the wrong one right"
        }
        if clockAhead > ClockSkew.tolerance {
            lines.append(
                "changes made here are given times \(ClockSkew.rounded(clockAhead)) s ahead of this "
                    + "server's clock, as changes from a clock that was ahead have arrived")
        }
        return lines
    }
}

/// What is asked for it.
extension Status {
    /// The tables that are not replicated, each with the reason.
    static func unattached(_ connection: Connection) throws -> [String] {
        try connection.query(unattached).map { try $0.string("line") }
    }

    /// A warning for each sequence that has less than a tenth of its numbers left.
    static func scarceSequences(_ connection: Connection) throws -> [String] {
        try connection.query(scarceSequences).map { try $0.string("line") }
    }

    private static let counts: SQL = """
        select
            (
                select count(*)
                from replication.relation as r
                    join pg_class as c on c.oid = r.relid
                where c.relnamespace <> 'replication'::regnamespace
            ) as tables,
            (select count(*) from replication.conflict) as conflicts,
            (select last_value from replication.clock) as clock,
            replication.captures_ddl() as captures_schema
        """

    private static func neighbours(_ bound: Int) -> SQL {
        """
        select n.number, n.name, n.identity, n.service, p.pending, p.is_all,
            replication.pending_ddl(n.number) as pending_schema,
            to_char(n.last_sync, 'YYYY-MM-DD HH24:MI:SS') as last_sync,
            extract(epoch from n.last_sync) as last_sync_epoch,
            extract(epoch from clock_timestamp() - n.last_sync)::bigint as last_sync_ago,
            n.received is null and n.way_back is null as is_new,
            (
                select count(*)
                from replication.quarantine as q
                where q.neighbour = n.number
            ) as waiting,
            n.known_as is not null as waits_for_rejoin,
            extract(epoch from n.clock_skew) as skew,
            extract(epoch from n.clock_skew_error) as skew_error,
            to_char(n.clock_measured_at, 'YYYY-MM-DD HH24:MI:SS') as measured,
            n.received, n.acknowledged, \(Pause.columns("n")), f.files, f.first_file_ago
        from replication.neighbour as n
            cross join lateral replication.count_pending(n.number,
                at_most => \(bound)::bigint) as p
            cross join lateral (
                select count(*) as files,
                    extract(epoch from clock_timestamp() - min(o.made_at))::bigint as first_file_ago
                from replication.file_offer as o
                where o.neighbour = n.number
            ) as f
        order by n.number
        """
    }

    private static let unattached: SQL = """
        select format('%I.%I: %s', c.schema_name, c.table_name,
            coalesce(c.reason, 'it is new; the next sync attaches it')) as line
        from replication.candidate as c
        where not exists (select from replication.relation as r where r.relid = c.relid)
        order by 1
        """

    private static let scarceSequences: SQL = """
        select format('sequence %s has only %s numbers left for this node; give the column a'
            ' wider type', relid, left_over) as line
        from replication.scarce_sequence
        order by 1
        """

    private static let brokenCapture: SQL = """
        select format('table %s: the capture trigger %s is %s', w.relid, w.name, w.what) as line
        from replication.wrong_trigger as w
        order by 1
        """
}

extension Status.Edge {
    fileprivate init(_ row: Row) throws {
        let skew = try row.optionalString("skew").flatMap(Double.init)
        let error = try row.optionalString("skew_error").flatMap(Double.init)
        number = try row.int("number")
        name = try row.string("name")
        identity = try row.string("identity")
        service = try row.optionalString("service")
        pending = try Status.Pending(row, isConfirmed: false)
        pendingSchemaChanges = try row.int("pending_schema")
        lastSync = try row.optionalString("last_sync").map { text in
            LastSync.Moment(
                text: text, epoch: Double(try row.string("last_sync_epoch")) ?? 0,
                secondsAgo: try row.int("last_sync_ago"))
        }
        isNew = try row.bool("is_new")
        waiting = try row.int("waiting")
        waitsForRejoin = try row.bool("waits_for_rejoin")
        clockSkew = skew.map { ClockSkew(seconds: $0, error: error ?? 0) }
        clockMeasured = try row.optionalString("measured")
        received = try row.optionalString("received").flatMap(Watermark.init)
        acknowledged = try row.optionalString("acknowledged").flatMap(Watermark.init)
        pause = try Pause(row)
        files = try row.int("files")
        secondsSinceFirstFile = try row.optionalInt("first_file_ago")
    }
}

extension Status.Pending {
    /// From an answer of `replication.count_pending`.
    init(_ row: Row, isConfirmed: Bool) throws {
        rows = try row.int("pending")
        isAll = try row.bool("is_all")
        self.isConfirmed = isConfirmed
    }
}
