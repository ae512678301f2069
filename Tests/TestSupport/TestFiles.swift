import Foundation
import Postgres
import Replication

/// A file of `trompe export` in a test, which goes with the value.
public final class TestFile {
    /// Where it is.
    public let path: String
    /// What the export said.
    public private(set) var report: Export.Report?

    /// A file with these bytes.
    public init(_ bytes: Data = Data()) throws {
        path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    deinit { unlink(path) }

    /// What is in it.
    public var bytes: Data {
        get throws { try Data(contentsOf: URL(fileURLWithPath: path)) }
    }

    /// What one node has for another.
    public convenience init(
        _ tree: TestTree, from source: Int, for target: Int, lockTimeout milliseconds: Int = 10_000
    ) throws {
        try self.init(
            from: tree[source].connection, for: tree[target].letter, lockTimeout: milliseconds)
    }

    /// What a node has for a neighbour, by its name.
    public convenience init(
        from source: Connection, for neighbour: String, lockTimeout milliseconds: Int = 10_000
    ) throws {
        try self.init()
        var options = Export.Options(for: neighbour)
        options.programs = try Servers.programs(of: 2)
        options.lockTimeoutMilliseconds = milliseconds
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        report = try Export.run(source, options, to: handle.fileDescriptor)
        try handle.close()
    }

    /// Has a node carry it out.
    @discardableResult
    public func carry(
        to node: TestNode, _ options: SyncOptions = SyncOptions()
    ) throws -> Import.Report {
        try carry(to: node.connection, options)
    }

    /// Has a node carry it out.
    @discardableResult
    public func carry(
        to node: Connection, _ options: SyncOptions = SyncOptions()
    ) throws -> Import.Report {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        var all = Import.Options()
        all.sync = options
        all.sync.isOneWay = true
        return try Import.run("file", handle.fileDescriptor, into: node, all)
    }
}

/// Files that come late, in any order, twice or never, beside the syncs of a random history.
public struct FilesUnderWay {
    /// What has become of a file.
    public struct Move {
        /// Each has one of its own.
        public let number: Int
        /// From where to where.
        public let edge: (Int, Int)
        /// Whether it was carried out, and brought something; else it was made.
        public let isCarried: Bool
    }

    private var files: [(file: TestFile, number: Int, edge: (Int, Int))] = []
    private var made = 0

    /// None yet.
    public init() {}

    /// A file is made over some edge, or one of those that were is carried out.
    @discardableResult
    public mutating func move(
        in tree: TestTree, over edges: [(Int, Int)]? = nil, using random: inout SeededGenerator
    ) throws -> Move? {
        do {
            guard files.isEmpty || Bool.random(using: &random) else {
                return try carry(in: tree, using: &random)
            }
            guard var edge = (edges ?? tree.edges).randomElement(using: &random) else { return nil }
            if Bool.random(using: &random) { edge = (edge.1, edge.0) }
            let file = try TestFile(tree, from: edge.0, for: edge.1, lockTimeout: 200)
            made += 1
            files.append((file, made, edge))
            return Move(number: made, edge: edge, isCarried: false)
        } catch let error as PostgresError where error.sqlstate == SQLState.lockNotAvailable {
        } catch ReplicationError.notExportable(_, _, "the two have never been synced", _) {
        } catch ReplicationError.fileRefused(_, let why, _)
            where why.contains("may have taken more") || why.contains("before a filter was set")
        {
        }
        return nil
    }

    /// Some are kept for once more.
    private mutating func carry(
        in tree: TestTree, using random: inout SeededGenerator
    ) throws -> Move? {
        guard let index = files.indices.randomElement(using: &random) else { return nil }
        let (file, number, edge) = files[index]
        if Int.random(in: 0..<4, using: &random) > 0 { files.remove(at: index) }
        var options = SyncOptions()
        options.lockTimeoutMilliseconds = 200
        options.retryLimit = 1
        let report = try file.carry(to: tree[edge.1], options)
        return report.isKnown ? nil : Move(number: number, edge: edge, isCarried: true)
    }
}
