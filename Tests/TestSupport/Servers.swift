import Foundation
import Postgres
import Replication

/// The PostgreSQL servers of the test suite: two at most, started once, and gone with the process.
///
/// TROMPE_PG_BINDIR names the programs of the first; TROMPE_PG_BINDIR_B those of the second, so that
/// neighbours can be of different versions. Without the latter both are one server.
public enum Servers {
    /// The server of the nodes with odd numbers.
    public static let first = Result { try start(bin: nil) }

    /// The server of the nodes with even numbers.
    public static let second = Result { () throws -> ThrowawayCluster in
        guard let bin = secondBin else { return try first.get() }
        return try start(bin: bin)
    }

    private static var secondBin: String? {
        let bin = ProcessInfo.processInfo.environment["TROMPE_PG_BINDIR_B"]
        return bin?.isEmpty ?? true ? nil : bin
    }

    /// The folder with the programs of a node's server.
    public static func programs(of node: Int) throws -> String {
        try ThrowawayCluster.programs(bin: node.isMultiple(of: 2) ? secondBin : nil)
    }

    private static func start(bin: String?) throws -> ThrowawayCluster {
        try ThrowawayCluster(
            bin: bin,
            settings: [
                "max_connections": "200", "max_prepared_transactions": "20",
                "shared_buffers": "64MB", "max_wal_size": "512MB", "autovacuum_naptime": "10min",
            ])
    }

    /// A database on each of them that has the schema in it already, and no node: half of the time of
    /// many a test went into making it.
    static let template = Result { () throws -> String in
        let name = "trompe_schema"
        var servers = [try first.get()]
        if secondBin != nil { servers.append(try second.get()) }
        for server in servers {
            let connection = try Connection(try server.createDatabase(name))
            try Installation.prepare(connection)
            connection.close()
        }
        return name
    }

    /// The server on which a node lives.
    public static func server(of node: Int) throws -> ThrowawayCluster {
        try node.isMultiple(of: 2) ? second.get() : first.get()
    }
}

/// A psql of the first server's programs: what users type goes through it.
public struct Psql {
    /// A statement that failed, with psql's own words.
    public struct Failure: Error, CustomStringConvertible {
        /// What psql wrote to stderr.
        public let description: String
    }

    /// Runs statements as a user would, each in its own transaction, and returns what they print:
    /// columns joined by `|`, NULL as `\N`, no headings.
    @discardableResult
    public static func run(_ conninfo: String, _ text: String) throws -> String {
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: try ThrowawayCluster.programs() + "/psql")
        process.arguments = [
            "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-P", "null=\\N", "-f", "-", conninfo,
        ]
        process.environment = [
            "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGCLIENTENCODING": "UTF8",
        ]
        let input = Pipe()
        let output = Pipe()
        let errors = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // The input is written while the output is read: either can be longer than a pipe is.
        let writer = Thread {
            input.fileHandleForWriting.write(Data(text.utf8))
            try? input.fileHandleForWriting.close()
        }
        writer.start()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: String(decoding: said, as: UTF8.self))
        }
        return String(decoding: printed, as: UTF8.self)
    }
}
