import Foundation
import Postgres

/// Many users at once: PostgreSQL's own load program, on a node and a thread of its own.
public final class Pgbench: @unchecked Sendable {
    /// What it did in the end.
    public struct Outcome: Sendable {
        /// How many transactions were committed.
        public let transactions: Int
        /// The longest time that one of them took, in seconds.
        public let longestSeconds: Double
    }

    /// A run that ended early, in its own words.
    public struct Failure: Error {
        /// What it wrote to stderr.
        public let said: String
    }

    private let run = ThreadResult()
    private let folder: URL
    private let lock = NSLock()
    private var hasEnded = false

    /// Where the program is; nil where the first server came without it.
    public static var path: String? {
        guard let path = try? ThrowawayCluster.programs() + "/pgbench" else { return nil }
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// Starts it: `clients` sessions run the script, each so many times. (Not for a time: a thread's
    /// child process does not hear the alarm.) A transaction that a deadlock ended is tried again, as
    /// an application would.
    public init(_ node: TestNode, clients: Int, times: Int, script: String) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "script.sql").path
        try script.write(toFile: file, atomically: true, encoding: .utf8)
        let arguments = [
            "-n", "-f", file, "-c", "\(clients)", "-j", "2", "-t", "\(times)",
            "--max-tries=1000", "-l", "--log-prefix=\(folder.path)/log", node.conninfo,
        ]
        run.run { [self] in
            defer { lock.withLock { hasEnded = true } }
            let (status, output, errors) = try runProgram(Self.path ?? "pgbench", arguments)
            guard status == 0 else { throw Failure(said: errors) }
            return output
        }
    }

    /// Whether all clients have gone.
    public var isOver: Bool { lock.withLock { hasEnded } }

    /// Waits for the end.
    public func wait() throws -> Outcome {
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = try run.wait()
        let line = output.split(separator: "\n").first { $0.contains("actually processed: ") }
        // As `done/wanted`.
        let count = line?.split(separator: " ").last?.split(separator: "/").first
            .flatMap { Int($0) }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        var longest = 0
        for file in files where file.hasPrefix("log") {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            // The third column is how long it took, in microseconds.
            for line in text.split(separator: "\n") {
                let columns = line.split(separator: " ")
                if columns.count > 2, let time = Int(columns[2]) { longest = max(longest, time) }
            }
        }
        guard let count else { throw Failure(said: output) }
        return Outcome(transactions: count, longestSeconds: Double(longest) / 1e6)
    }
}
