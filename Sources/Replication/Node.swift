import Postgres

/// One database of the tree, as it describes itself.
public struct Node: Sendable, Hashable {
    /// 1 to the modulus.
    public let number: Int
    /// What people call it.
    public let name: String
    /// Made at installation: tells apart two nodes that were given one number.
    public let identity: String
    /// The M of the tree.
    public let modulus: Int
    /// False where the database is a copy, or came out of a dump.
    public let isOriginal: Bool
    /// Where the user said it is; the word for it in messages and hints.
    public let label: String

    /// Reads who the database is.
    ///
    /// - Throws: `ReplicationError` where nothing is installed, or a version or server that does
    ///   not fit.
    public init(_ connection: Connection) throws {
        try Self.checkServer(connection)
        let answer: [[Row]]
        do {
            answer = try connection.queries(Self.questions)
        } catch let error as PostgresError where Self.isOfSchema(error) {
            try Self.checkPrimary(connection)
            try Self.checkVersion(try Self.installedVersion(connection), connection)
            guard error.sqlstate == SQLState.insufficientPrivilege else {
                throw ReplicationError.schemaOfOtherBuild(database: connection.label)
            }
            throw error
        }
        try self.init(answer, connection)
    }

    /// The same of two databases at once.
    static func both(_ a: Connection, _ b: Connection) throws -> (Node, Node) {
        for connection in [a, b] { try checkServer(connection) }
        do {
            let answers = try Connection.queries((a, questions), (b, questions))
            return (try Node(answers.0, a), try Node(answers.1, b))
        } catch let error as PostgresError where isOfSchema(error) {
            return (try Node(a), try Node(b))
        }
    }

    /// In this order: a standby has no schema of its own to complain about.
    private static let questions: [SQL] = [
        "select pg_is_in_recovery() as in_recovery",
        """
        select number, digest
        from replication.version
        order by number desc
        limit 1
        """,
        """
        select number, name, identity, modulus, replication.is_original() as is_original
        from replication.self
        """,
    ]

    /// Whether the schema is not there, not the one expected, or not for this role.
    private static func isOfSchema(_ error: PostgresError) -> Bool {
        let states = [
            SQLState.undefinedTable, SQLState.undefinedSchema, SQLState.undefinedColumn,
            SQLState.undefinedFunction, SQLState.insufficientPrivilege,
        ]
        return error.sqlstate.map(states.contains) ?? false
    }

    private init(_ answers: [[Row]], _ connection: Connection) throws {
        if try answers[0].first?.bool("in_recovery") ?? true {
            throw ReplicationError.inRecovery(database: connection.label)
        }
        try Self.checkVersion(try answers[1].first?.optionalInt("number"), connection)
        guard try answers[1].first?.optionalString("digest") == Schema.digest else {
            throw ReplicationError.schemaOfOtherBuild(database: connection.label)
        }
        guard let row = answers[2].first else {
            throw ReplicationError.notInstalled(database: connection.label)
        }
        number = try row.int("number")
        name = try row.string("name")
        identity = try row.string("identity")
        modulus = try row.int("modulus")
        isOriginal = try row.bool("is_original")
        label = connection.label
    }

    private static func checkVersion(_ version: Int?, _ connection: Connection) throws {
        guard let version else {
            throw ReplicationError.notInstalled(database: connection.label)
        }
        if version < Schema.version {
            throw ReplicationError.schemaOlder(database: connection.label, version: version)
        }
        if version > Schema.version {
            throw ReplicationError.schemaNewer(database: connection.label, version: version)
        }
    }

    /// Refuses a database that is a copy of another, or came out of a dump: the transaction numbers
    /// in all watermarks are another server's, or will be used again.
    ///
    /// - Parameter neighbour: the one that it was to meet, for the hint.
    func checkOriginal(before neighbour: String) throws {
        guard isOriginal else {
            throw ReplicationError.notOriginal(database: label, neighbour: neighbour)
        }
    }

    /// The version of the schema in a database; nil where there is none, or its installation was
    /// never finished.
    static func installedVersion(_ connection: Connection) throws -> Int? {
        let found = try connection.query(
            """
            select bool_and(has_schema_privilege(n.oid, 'USAGE')
                    and has_table_privilege(c.oid, 'SELECT')) as may_look
            from pg_class as c
                join pg_namespace as n on n.oid = c.relnamespace
            where n.nspname = 'replication'
                and c.relname in ('version', 'self', 'offer')
            """)
        guard let mayLook = try found.first?.optionalBool("may_look") else { return nil }
        guard mayLook else {
            throw ReplicationError.missingGrants(
                database: connection.label, statements: try Rights.missingGrants(connection))
        }
        let version = try connection.query("select max(number) as number from replication.version")
        return try version.first?.optionalInt("number")
    }

    /// Refuses servers that are too old.
    static func checkServer(_ connection: Connection) throws {
        guard connection.serverVersion >= Schema.oldestServer else {
            throw ReplicationError.serverTooOld(
                database: connection.label, version: connection.serverVersion)
        }
    }

    /// Refuses servers that nobody can write to.
    static func checkPrimary(_ connection: Connection) throws {
        let rows = try connection.query("select pg_is_in_recovery() as in_recovery")
        if try rows.first?.bool("in_recovery") ?? true {
            throw ReplicationError.inRecovery(database: connection.label)
        }
    }
}

/// What a node knows of one of its neighbours.
public struct Neighbour: Sendable, Hashable {
    /// Its node number.
    public let number: Int
    /// Its name.
    public let name: String
    /// Which installation it is.
    let identity: String
    /// How an agent reaches it from here, where that is a service name.
    public let service: String?
    /// How much of its log is applied here.
    let received: Watermark?
    /// The offer that came with that.
    let receivedToken: String?
    /// Where the first way back to it begins.
    let wayBack: Watermark?
    /// Where our changes of schema begin for it, before anything is applied there.
    let schemaFrom: Watermark?
    /// How much of our log is applied there, as far as is known here.
    let acknowledged: Watermark?
    /// The identity by which the neighbour knew this node before it went back in time; where it is
    /// set, the edge waits for a rejoin.
    let knownAs: String?
    /// All that this node has, but for what its logs hold for the neighbour, is as old as, or older
    /// than, what the neighbour has.
    let isBehind: Bool
    /// Since when, and why, nothing is synced over the edge; nil where it is not paused.
    public let pause: Pause?
    /// Whether it is no node yet: a clone that is being made.
    public let isClone: Bool

    /// What `init` reads of a row.
    static let columns: SQL = """
        number, name, identity, service, received, received_token, way_back, acknowledged, known_as,
            is_behind, schema_from, is_clone, \(Pause.columns("neighbour"))
        """

    /// The neighbours of a node, or the one with the number.
    public static func all(_ connection: Connection, number: Int? = nil) throws -> [Neighbour] {
        let condition: SQL = number.map { "where number = \($0)" } ?? ""
        return try connection.query(
            """
            select \(columns)
            from replication.neighbour
            \(condition)
            order by number
            """
        ).map(Neighbour.init)
    }

    /// Refuses a node that has the neighbour's number, but is another installation.
    ///
    /// - Parameters:
    ///   - node: the node that answered.
    ///   - knower: the one whose neighbour this is.
    func check(is node: Node, knownTo knower: Node) throws {
        guard identity == node.identity else {
            throw ReplicationError.otherNode(
                database: node.label, expected: name, knownTo: knower.label, number: number)
        }
    }

    /// Refuses an edge that waits for a rejoin.
    ///
    /// - Parameters:
    ///   - knower: the one whose neighbour this is.
    ///   - node: the neighbour.
    func checkJoined(_ knower: Node, _ node: Node) throws {
        guard knownAs == nil else {
            throw ReplicationError.mustRejoin(database: knower.label, neighbour: node.label)
        }
    }

    init(_ row: Row) throws {
        number = try row.int("number")
        name = try row.string("name")
        identity = try row.string("identity")
        service = try row.optionalString("service")
        received = try row.optionalString("received").flatMap(Watermark.init)
        receivedToken = try row.optionalString("received_token")
        wayBack = try row.optionalString("way_back").flatMap(Watermark.init)
        schemaFrom = try row.optionalString("schema_from").flatMap(Watermark.init)
        acknowledged = try row.optionalString("acknowledged").flatMap(Watermark.init)
        knownAs = try row.optionalString("known_as")
        isBehind = try row.bool("is_behind")
        pause = try Pause(row)
        isClone = try row.bool("is_clone")
    }
}
