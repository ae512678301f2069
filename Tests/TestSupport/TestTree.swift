import Foundation
import Postgres
import Replication

/// A node of a test: a database of its own on one of the servers.
public final class TestNode {
    /// 1 for A, 2 for B, ...
    public let number: Int
    /// `A`, `B`, ...
    public let letter: String
    /// How to reach it.
    public let conninfo: String
    /// The database's name.
    public let database: String
    /// The agent's session with it.
    public let connection: Connection
    /// Whether the schema is in it before it is a node.
    let isPrepared: Bool

    init(
        number: Int, database: String, settings: [String], server own: ThrowawayCluster? = nil,
        isPrepared: Bool
    ) throws {
        self.number = number
        self.database = database
        letter = String(UnicodeScalar(UInt8(64 + number)))
        let server = try own ?? Servers.server(of: number)
        self.isPrepared = isPrepared && own == nil
        conninfo =
            try self.isPrepared
            ? server.createDatabase(database, template: Servers.template.get())
            : server.createDatabase(database)
        let administration = try Connection(server.conninfo())
        for setting in settings {
            try administration.script("alter database \(quoteIdentifier(database)) set \(setting)")
        }
        connection = try Connection(conninfo, label: letter)
    }

    /// A database that is there already, on a server of the test's own.
    public init(number: Int, database: String, on server: ThrowawayCluster) throws {
        self.number = number
        self.database = database
        letter = String(UnicodeScalar(UInt8(64 + number)))
        isPrepared = false
        conninfo = server.conninfo(database)
        connection = try Connection(conninfo, label: letter)
    }

    /// What a user types.
    @discardableResult
    public func psql(_ text: String) throws -> String { try Psql.run(conninfo, text) }

    /// What a user types who changes the schema of this node alone: one transaction, which no other
    /// node hears of as far as it changes the schema.
    @discardableResult
    public func psqlHere(_ text: String) throws -> String {
        try psql(
            """
            begin;
            do $pause$ begin perform replication.pause_ddl(); end $pause$;
            \(text);
            commit
            """)
    }

    /// Whether what a user does to the schema is captured; without, as where no superuser installed
    /// the node, `replication.ddl` alone lets a change of schema travel, and each sync looks itself
    /// for what has changed.
    public func captureSchemaChanges(_ isWanted: Bool) throws {
        try psql(
            "do $$ begin perform replication.\(isWanted ? "capture" : "release")_schema_changes(); end $$"
        )
    }

    /// All rows of all replicated tables, the history of conflicts among them, as sorted text. In the
    /// place of the number of a large object stands its content.
    public func contents() throws -> String {
        let session = try Connection(conninfo, label: letter)
        try session.script(objectContent)
        let tables = try session.query(
            """
            select r.relid::text as name, r.kind = 'i' as is_only,
                string_agg(
                    format(
                        case
                            when a.attname = any (o.names) then 'pg_temp.content(%I::bigint)'
                            else '%I'
                        end, a.attname),
                    ', ' order by a.attname collate "C") as columns
            from replication.relation as r
                cross join lateral (
                    select coalesce(array_agg(c.name), '{}') as names
                    from replication.object_columns(r.relid) as c
                ) as o
                join pg_attribute as a on a.attrelid = r.relid
            where a.attnum > 0
                and not a.attisdropped
            group by r.relid, r.kind
            order by 1
            """)
        var lines: [String] = []
        for table in tables {
            let name = try table.string("name")
            let only = try table.bool("is_only") ? "only " : ""
            let rows = try session.query(
                """
                select row(\(raw: try table.string("columns")))::text as row
                from \(raw: only + name) as t
                """)
            lines += try rows.map { "\(name): \(try $0.string("row"))" }.sorted()
        }
        return lines.joined(separator: "\n")
    }

    /// How many entries all logs hold: what a sync with nothing to do must leave alone.
    public func logEntries() throws -> Int {
        try connection.query("select count(*) as count from replication.log").first?.int("count")
            ?? 0
    }
}

/// Nodes joined by edges, each a database on a real server.
public final class TestTree {
    /// An edge that did not come to rest.
    public struct NeverQuiet: Error {}

    /// The nodes, A first.
    public let nodes: [TestNode]
    /// Pairs of node numbers.
    public let edges: [(Int, Int)]

    /// Makes the databases; they are no nodes yet.
    ///
    /// - Parameters:
    ///   - count: how many nodes.
    ///   - edges: pairs of node numbers; a chain unless given.
    ///   - settings: by node number, `name = value` for ALTER DATABASE ... SET.
    ///   - servers: one for each node, where they are not to be those of all tests.
    ///   - isPrepared: whether the schema is there already, as they will be installed by `install`,
    ///     which is quicker then.
    public init(
        _ count: Int, edges: [(Int, Int)]? = nil, settings: [Int: [String]] = [:],
        servers: [ThrowawayCluster]? = nil, isPrepared: Bool = false
    ) throws {
        let name = "t" + UUID().uuidString.replacing("-", with: "").prefix(16).lowercased()
        nodes = try (1...count).map { number in
            try TestNode(
                number: number, database: "\(name)_\(number)", settings: settings[number] ?? [],
                server: servers?[number - 1], isPrepared: isPrepared)
        }
        self.edges = edges ?? (1..<max(count, 2)).map { ($0, $0 + 1) }
    }

    /// A node by its letter's number.
    public subscript(number: Int) -> TestNode { nodes[number - 1] }

    /// Installs every node, and links the edges.
    public func install(linking: Bool = true) throws {
        for node in nodes {
            _ = try Installation.install(
                node.connection, number: node.number, name: node.letter,
                isPrepared: node.isPrepared)
        }
        guard linking else { return }
        for edge in edges { try self.edge(edge).link() }
    }

    /// The edge between two nodes.
    public func edge(_ pair: (Int, Int)) throws -> Edge {
        try Edge(self[pair.0].connection, self[pair.1].connection)
    }

    /// Syncs one edge.
    @discardableResult
    public func sync(
        _ pair: (Int, Int), _ options: SyncOptions = SyncOptions()
    ) throws -> Edge.Report {
        try edge(pair).sync(options.ofThisRun)
    }

    /// Syncs all edges until none has anything new. `after` is called after each.
    public func syncUntilQuiet(
        _ options: SyncOptions = SyncOptions(), after: () throws -> Void = {}
    ) throws {
        for _ in 0...(2 * edges.count + 2) {
            let reports = try edges.map { edge in
                let report = try sync(edge, options)
                try after()
                return report
            }
            if reports.allSatisfy(\.isQuiet) { return }
        }
        throw NeverQuiet()
    }

    /// Drops the databases.
    public func remove() throws {
        for node in nodes {
            node.connection.close()
            let server = try Servers.server(of: node.number)
            try Connection(server.conninfo()).script(
                "drop database \(quoteIdentifier(node.database)) with (force)")
        }
    }
}

extension SyncOptions {
    /// The same, but for what the environment sets: TROMPE_STAGING_BYTES, from which on a backlog is
    /// staged before the direction; with 0, all tests stage everything so. With TROMPE_STRAIGHT=0 each
    /// row is decided.
    public var ofThisRun: SyncOptions {
        let environment = ProcessInfo.processInfo.environment
        var options = self
        if environment["TROMPE_STRAIGHT"] == "0" { options.goesStraight = false }
        if let bytes = environment["TROMPE_STRAIGHT_BYTES"].flatMap({ Int($0) }) {
            options.straightBytes = bytes
        }
        guard let bytes = environment["TROMPE_STAGING_BYTES"].flatMap({ Int($0) }) else {
            return options
        }
        options.stagingBytes = bytes
        options.pieceBytes = bytes
        return options
    }
}

/// Runs a test on nodes of its own, and drops their databases whatever comes of it.
///
/// - Parameters:
///   - schema: what is made in every database before anything is installed.
///   - installing: whether they are nodes already, with the numbers 1, 2, ...
///   - linking: whether they are neighbours already.
public func withTree(
    _ count: Int = 2, edges: [(Int, Int)]? = nil, schema: String = "", installing: Bool = true,
    linking: Bool = true, _ body: (TestTree) throws -> Void
) throws {
    let tree = try TestTree(
        count, edges: edges ?? (1..<count).map { ($0, $0 + 1) }, isPrepared: installing)
    defer { try? tree.remove() }
    for node in tree.nodes where !schema.isEmpty { try node.psql(schema) }
    if installing { try tree.install(linking: linking) }
    try body(tree)
}
