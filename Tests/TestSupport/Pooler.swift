import Foundation
import Postgres

/// A PgBouncer in front of the servers of the tests. It ends with the process that started it.
public final class Pooler {
    /// It did not start.
    public struct NotThere: Error {
        /// What it wrote.
        public let log: String
    }

    private let process = Process()
    private let folder: String

    /// Starts it.
    ///
    /// - Parameters:
    ///   - program: where PgBouncer is.
    ///   - databases: by the names that its clients use, where each leads to (as in the section
    ///     `[databases]`), with settings such as `pool_mode`.
    public init(_ program: String, _ databases: [String: String]) throws {
        folder = try Servers.first.get().directory + "/" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        let accounts: [String] = getuid() == 0 ? ["postgres", "nobody"] : []
        let account = accounts.first { getpwnam($0) != nil }
        if let account, let entry = getpwnam(account) {
            chown(folder, entry.pointee.pw_uid, entry.pointee.pw_gid)
        }
        let places = databases.sorted { $0.key < $1.key }.map { "\($0) = \($1)\n" }.joined()
        let settings = """
            [databases]
            \(places)
            [pgbouncer]
            listen_addr =
            listen_port = 6432
            unix_socket_dir = \(folder)
            auth_type = any
            admin_users = postgres
            \(account.map { "user = \($0)" } ?? "")
            """
        try (settings + "\n").write(toFile: file, atomically: false, encoding: .utf8)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // It ends when this process does, however that ends.
        process.arguments = [
            "-c",
            """
            "$0" "$1" >"$1.log" 2>&1 & echo $! >"$1.pid"
            while kill -0 "$2" && kill -0 $!; do sleep 1; done 2>/dev/null
            kill -KILL $! 2>/dev/null
            """, program, file, "\(getpid())",
        ]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        for _ in 0..<100 {
            if FileManager.default.fileExists(atPath: folder + "/.s.PGSQL.6432") { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        let log = FileManager.default.contents(atPath: file + ".log") ?? Data()
        close()
        throw NotThere(log: String(decoding: log, as: UTF8.self))
    }

    private var file: String { folder + "/pgbouncer.ini" }

    /// How a client names one of its databases; `pgbouncer` is its console.
    public func conninfo(_ database: String) -> String {
        "host=\(folder) port=6432 user=postgres dbname=\(database)"
    }

    /// Ends it. (A thread of the tests blocks other signals, and what it starts inherits that.)
    public func close() {
        let text = FileManager.default.contents(atPath: file + ".pid") ?? Data()
        let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first
        if let pid = line.flatMap({ pid_t($0) }), pid > 1 { kill(pid, SIGKILL) }
        process.waitUntilExit()
    }
}

extension TestNode {
    /// Where a pooler finds its database.
    public func place() throws -> String {
        let server = try Servers.server(of: number)
        return "host=\(server.socketDirectory) port=\(server.port) dbname=\(database) user=postgres"
    }
}
