import Postgres

/// What a node knows of itself, its neighbours and its tables.
public struct Status: Sendable, Hashable {
    /// A neighbour as this node sees it.
    public struct Edge: Sendable, Hashable {
        /// Its node number.
        public let number: Int
        /// Its name.
        public let name: String
        /// How an agent reaches it from here, where that is a service name.
        public let service: String?
        /// Rows that wait to be sent there, as far as is known here.
        public let pending: Int
        /// Changes of schema that wait to be sent there, as far as is known here.
        public let pendingSchemaChanges: Int
        /// When something last arrived from there, or nothing was new; as text in UTC.
        public let lastSync: String?
        /// Whether the edge has never been synced.
        public let isNew: Bool
        /// By how much its server's clock was ahead of this one's; nil where it was never measured.
        public let clockSkew: ClockSkew?
        /// When that was; as text in UTC.
        public let clockMeasured: String?
        /// Where nothing is synced over it: since when, and why.
        public let pause: Pause?
    }

    /// Who it is.
    public let node: Node
    /// Those it exchanges changes with.
    public let neighbours: [Edge]
    /// All nodes of the tree that are known here, as number and name.
    public let members: [Int: String]
    /// The edges of the tree that are known here.
    public let edges: [[Int]]
    /// How many tables of the users are replicated.
    public let tables: Int
    /// How many conflicts its history holds.
    public let conflicts: Int
    /// Rows of neighbours that could not be applied here and wait.
    public let waiting: [WaitingRow]
    /// Tables that are not replicated, with the reason.
    public let unattached: [String]
    /// By how many seconds the times that changes are given run ahead of the server's clock, because
    /// of changes that came with later ones.
    public let clockAhead: Double
    /// Whether changes of schema are captured as they are made; if not, by replication.ddl() alone.
    public let capturesSchema: Bool
    /// What a person should look into.
    public let warnings: [String]

    /// Asks a node.
    public init(_ connection: Connection) throws {
        node = try Node(connection)
        neighbours = try Self.edges(connection)
        let tree = try Tree(connection)
        members = Dictionary(
            tree.members.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
        edges = tree.edges.map { [$0.low, $0.high] }
        let counts = try connection.query(
            """
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
            """)
        clockAhead = try Double(counts.first?.int("clock") ?? 0) / 1_000_000
        capturesSchema = try counts.first?.bool("captures_schema") ?? false
        tables = try counts.first?.int("tables") ?? 0
        conflicts = try counts.first?.int("conflicts") ?? 0
        waiting = try WaitingRow.all(connection)
        unattached = try Self.unattached(connection)
        warnings =
            try Self.scarceSequences(connection) + Self.brokenCapture(connection)
            + Rights.warnings([connection])
            + Self.wrongClocks(neighbours, ahead: clockAhead)
            + (node.isOriginal
                ? [] : ["this database is a copy, or was restored from a dump; see trompe rejoin"])
            + Self.waitingEdges(connection) + Self.paused(neighbours, node)
    }

    /// What a pause costs is said as long as it lasts.
    private static func paused(_ neighbours: [Edge], _ node: Node) -> [String] {
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

    private static func edges(_ connection: Connection) throws -> [Edge] {
        try connection.query(
            """
            select number, name, service, replication.pending_rows(number) as pending,
                replication.pending_ddl(number) as pending_schema,
                to_char(last_sync, 'YYYY-MM-DD HH24:MI:SS') as last_sync,
                received is null and way_back is null as is_new,
                extract(epoch from clock_skew) as skew,
                extract(epoch from clock_skew_error) as skew_error,
                to_char(clock_measured_at, 'YYYY-MM-DD HH24:MI:SS') as measured,
                \(Pause.columns)
            from replication.neighbour
            order by number
            """
        ).map { row in
            let skew = try row.optionalString("skew").flatMap(Double.init)
            let error = try row.optionalString("skew_error").flatMap(Double.init)
            return Edge(
                number: try row.int("number"), name: try row.string("name"),
                service: try row.optionalString("service"), pending: try row.int("pending"),
                pendingSchemaChanges: try row.int("pending_schema"),
                lastSync: try row.optionalString("last_sync"), isNew: try row.bool("is_new"),
                clockSkew: skew.map { ClockSkew(seconds: $0, error: error ?? 0) },
                clockMeasured: try row.optionalString("measured"), pause: try Pause(row))
        }
    }

    /// Clocks that are too far apart, and times that are not of today.
    private static func wrongClocks(_ neighbours: [Edge], ahead: Double) -> [String] {
        var lines = neighbours.compactMap { edge -> String? in
            guard let skew = edge.clockSkew, skew.isTooLarge else { return nil }
            return
                "the clock of \(edge.name) \(skew.inWords) this server's; set the wrong one right"
        }
        if ahead > ClockSkew.tolerance {
            lines.append(
                "changes made here are given times \(ClockSkew.rounded(ahead)) s ahead of this "
                    + "server's clock, as changes from a clock that was ahead have arrived")
        }
        return lines
    }

    /// The tables that are not replicated, each with the reason.
    static func unattached(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select format('%I.%I: %s', c.schema_name, c.table_name,
                coalesce(c.reason, 'it is new; the next sync attaches it')) as line
            from replication.candidate as c
            where not exists (select from replication.relation as r where r.relid = c.relid)
            order by 1
            """
        ).map { try $0.string("line") }
    }

    /// A warning for each sequence that has less than a tenth of its numbers left.
    static func scarceSequences(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select format('sequence %s has only %s numbers left for this node; give the column a'
                ' wider type', relid, left_over) as line
            from replication.scarce_sequence
            order by 1
            """
        ).map { try $0.string("line") }
    }

    private static func waitingEdges(_ connection: Connection) throws -> [String] {
        try Neighbour.all(connection).filter { $0.knownAs != nil }.map {
            "the edge to \($0.name) waits for trompe rejoin"
        }
    }

    private static func brokenCapture(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select format('table %s: the capture trigger %s is %s', w.relid, w.name, w.what) as line
            from replication.wrong_trigger as w
            order by 1
            """
        ).map { try $0.string("line") }
    }
}
