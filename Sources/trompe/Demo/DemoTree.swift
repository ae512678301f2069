import Postgres
import Replication

/// Five nodes with the same tables, of which only the first has rows.
struct DemoTree {
    /// A node, as the demo's people know it.
    struct Member {
        let number: Int
        let name: String
        /// Where they keep it.
        let place: String
        /// What they do to it while it is apart from the others.
        let changes: DemoFile
    }

    static let members = [
        Member(number: 1, name: "A", place: "the laptop", changes: .changesOnA),
        Member(number: 2, name: "B", place: "the server", changes: .changesOnB),
        Member(number: 3, name: "C", place: "the office", changes: .changesOnC),
        Member(number: 4, name: "D", place: "at home", changes: .changesOnD),
        Member(number: 5, name: "E", place: "the tablet", changes: .changesOnE),
    ]

    /// The ends of the edges, as numbers.
    static let edges = [(1, 2), (2, 3), (2, 4), (4, 5)]

    /// For a server that nobody works on for long.
    static let settings = [
        "autovacuum": "off", "full_page_writes": "off", "shared_buffers": "32MB",
    ]

    private let cluster: ThrowawayCluster
    /// The agent's sessions, in the order of the members.
    let connections: [Connection]

    /// Makes the databases and the rows of the first, and installs and links all.
    init(on cluster: ThrowawayCluster) throws {
        self.cluster = cluster
        Console.progress("making five databases ...")
        try Self.makeDatabases(on: cluster)
        connections = try Self.members.map { member in
            try Connection(cluster.conninfo(member.name), label: member.name)
        }
        for (member, connection) in zip(Self.members, connections) {
            try Interruption.check()
            Console.progress("installing the schema replication in \(member.name) ...")
            _ = try Installation.install(connection, number: member.number, name: member.name)
        }
        for ends in Self.edges {
            try Interruption.check()
            let (a, b) = (Self.name(ends.0), Self.name(ends.1))
            Console.progress("linking \(a) and \(b) ...")
            try edge(ends).link(serviceA: a, serviceB: b)
        }
    }

    /// The first one is the template of the others, before it has rows.
    private static func makeDatabases(on cluster: ThrowawayCluster) throws {
        let first = try cluster.createDatabase(members[0].name)
        try run(.schema, on: first)
        for member in members.dropFirst() {
            try Interruption.check()
            try cluster.createDatabase(member.name, template: members[0].name)
        }
        try run(.rows, on: first)
    }

    /// In a session of its own and with the settings of the database, as a user's program has it.
    private static func run(_ file: DemoFile, on database: String) throws {
        let session = try Connection(database)
        defer { session.close() }
        try session.script("reset all")
        try session.script(file.text)
    }

    /// What people do on a node.
    func change(_ member: Member) throws {
        try Interruption.check()
        try Self.run(member.changes, on: cluster.conninfo(member.name))
    }

    /// Syncs every edge once, and returns what that moved.
    ///
    /// - Parameter isInward: from the leaves towards A; else from A to the leaves.
    func sync(isInward: Bool = false) throws -> [DirectionReport] {
        let edges = isInward ? Self.edges.reversed() : Self.edges
        return try edges.flatMap { ends in
            try Interruption.check()
            Console.progress("syncing \(Self.name(ends.0)) and \(Self.name(ends.1)) ...")
            return try edge(ends).sync().directions
        }
    }

    private func edge(_ ends: (Int, Int)) throws -> Edge {
        try Edge(connections[ends.0 - 1], connections[ends.1 - 1])
    }

    /// The name of a node.
    static func name(_ number: Int) -> String {
        members.first { $0.number == number }?.name ?? "node \(number)"
    }
}
