import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Nodes some of which go back in time. Every step has sessions of its own, as databases and servers
/// come and go.
struct Rejoining {
    /// What went wrong with the test itself.
    struct Failure: Error {
        let what: String
    }

    let nodes: [TestNode]
    let edges: [(Int, Int)]

    subscript(number: Int) -> TestNode { nodes[number - 1] }

    /// A schema whose keys come from sequences.
    static let schema = """
        create table item (id serial primary key, name text);
        create table part (id serial primary key, item int not null references item on delete cascade);
        """

    func connect(_ number: Int) throws -> Connection {
        try Connection(self[number].conninfo, label: self[number].letter)
    }

    func edge(_ a: Int, _ b: Int) throws -> Edge { try Edge(connect(a), connect(b)) }

    @discardableResult
    func sync(_ a: Int, _ b: Int, isOneWay: Bool = false) throws -> Edge.Report {
        var options = SyncOptions()
        options.isOneWay = isOneWay
        return try edge(a, b).sync(options.ofThisRun)
    }

    @discardableResult
    func rejoin(
        _ a: Int, _ b: Int, _ options: Rejoin.Options = Rejoin.Options(), witnesses: [Int] = []
    ) throws -> Rejoin.Report {
        let staging = SyncOptions().ofThisRun
        var options = options
        options.stagingBytes = staging.stagingBytes
        options.pieceBytes = staging.pieceBytes
        return try Rejoin.run(
            connect(a), connect(b), options, witnesses: try witnesses.map { try connect($0) })
    }

    func syncUntilQuiet() throws {
        for _ in 0...(2 * edges.count + 2) {
            let reports = try edges.map { try sync($0.0, $0.1) }
            if reports.allSatisfy(\.isQuiet) { return }
        }
        throw Failure(what: "the edges never came to rest")
    }

    /// Everything is equal everywhere.
    func expectEqual(_ place: SourceLocation = #_sourceLocation) throws {
        let all = try nodes.map { try $0.contents() }
        for other in all.dropFirst() { #expect(other == all[0], sourceLocation: place) }
    }

    func names(_ number: Int) throws -> [String] {
        try self[number].psql("select name from item order by name").split(separator: "\n")
            .map(String.init)
    }

    /// The sync of an edge is refused both ways round, with words, before anything changes.
    func expectRefusal(
        _ a: Int, _ b: Int, _ words: String..., place: SourceLocation = #_sourceLocation
    ) throws {
        let before = try nodes.map { try $0.contents() }
        for (first, second) in [(a, b), (b, a)] {
            let error = try refusal { try sync(first, second) }
            let text = error.description
            for word in words + ["nothing was changed", "trompe rejoin"] {
                #expect(text.contains(word), "\(text)", sourceLocation: place)
            }
            #expect(error.exitStatus == 1, sourceLocation: place)
        }
        #expect(try nodes.map { try $0.contents() } == before, sourceLocation: place)
    }
}

/// A tree whose first node is on a server of its own, so that its files can be copied.
func withOwnServer(
    edges: [(Int, Int)], schema: String = Rejoining.schema, settings: [String: String] = [:],
    _ body: (Rejoining, ThrowawayCluster) throws -> Void
) throws {
    let server = try ThrowawayCluster(settings: settings)
    defer { try? server.remove() }
    try withTree(3, edges: edges, installing: false) { tree in
        try server.createDatabase("a")
        let a = try TestNode(number: 1, database: "a", on: server)
        let scene = Rejoining(nodes: [a, tree[2], tree[3]], edges: edges)
        for node in scene.nodes {
            try node.psql(schema)
            try node.install()
        }
        for (one, two) in edges { try scene.edge(one, two).link() }
        try body(scene, server)
    }
}

/// The same with all nodes on the servers of the suite.
func withScene(
    edges: [(Int, Int)], schema: String = Rejoining.schema, _ body: (Rejoining) throws -> Void
) throws {
    try withTree(edges.count + 1, edges: edges, schema: schema) { tree in
        try body(Rejoining(nodes: tree.nodes, edges: edges))
    }
}

extension TestNode {
    /// The database is replaced by what a dump of it says.
    func restore(_ dump: String) throws {
        let server = try Servers.server(of: number)
        try Connection(server.conninfo()).script(
            "drop database \(quoteIdentifier(database)) with (force)")
        try server.createDatabase(database)
        try psql(dump)
    }
}

extension ThrowawayCluster {
    /// Copies its files, as one does with a server that is stopped.
    func copyFiles(to name: String) throws {
        try stop()
        try copy("\(directory)/data", "\(directory)/\(name)")
        try start()
    }

    /// Puts files back that were copied before.
    func restoreFiles(from name: String) throws {
        try stop()
        try FileManager.default.removeItem(atPath: "\(directory)/data")
        try copy("\(directory)/\(name)", "\(directory)/data")
        try start()
    }

    /// Takes over the files of another server, beside which it goes on; or which it follows as its
    /// standby.
    func takeFiles(of other: ThrowawayCluster, asStandby: Bool = false) throws {
        try stop()
        var settings = try String(
            contentsOfFile: "\(directory)/data/postgresql.conf", encoding: .utf8)
        try FileManager.default.removeItem(atPath: "\(directory)/data")
        try other.stop()
        try copy("\(other.directory)/data", "\(directory)/data")
        try other.start()
        if asStandby {
            let signal = "\(directory)/data/standby.signal"
            #expect(FileManager.default.createFile(atPath: signal, contents: nil))
            settings += "primary_conninfo = '\(other.conninfo().replacing("'", with: ""))'\n"
        }
        let file = try #require(
            FileHandle(forWritingAtPath: "\(directory)/data/postgresql.conf"))
        file.seekToEndOfFile()
        file.write(Data(settings.utf8))
        file.closeFile()
        try start()
    }

    private func copy(_ from: String, _ to: String) throws {
        let (status, _, errors) = try runProgram("/bin/cp", ["-a", from, to])
        if status != 0 { throw Rejoining.Failure(what: errors) }
    }
}
