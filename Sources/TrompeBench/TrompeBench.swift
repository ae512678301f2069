import ArgumentParser
import Foundation
import Postgres

/// How fast trompe is, as ratios: each work is measured beside its physical limit and beside the peers
/// that are at hand, one after the other on the same servers.
@main
struct TrompeBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "script/bench",
        abstract: "Measure trompe beside the physical limit and its peers.",
        discussion: """
            Starts its own PostgreSQL servers in a temporary folder, and removes them at the end. Times \
            are medians of the rounds; what counts is the ratio to the limit of the same run.
            """)

    @Flag(help: "The sizes of the published figures: 1,000,000 rows, five rounds.")
    var full = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Option(help: "How often each work is measured.")
    var rounds: Int?

    @Option(help: "The rows of the table; the other sizes follow from it.")
    var rows: Int?

    @Option(
        help: ArgumentHelp(
            "Only works whose names contain one of these words.", valueName: "word"))
    var only: [String] = []

    @Option(help: "The program to measure.")
    var trompe: String = {
        let own = URL(fileURLWithPath: CommandLine.arguments[0])
        return own.deletingLastPathComponent().appending(path: "trompe").path
    }()

    func validate() throws {
        guard (rounds ?? 1) > 0, (rows ?? 100) >= 100 else {
            throw ValidationError("--rounds is at least 1, and --rows at least 100.")
        }
    }

    func run() throws {
        let size = rows ?? (full ? 1_000_000 : 50_000)
        let bench = try Bench(
            program: trompe, rows: size, rounds: rounds ?? (full ? 5 : 2), only: only)
        defer { bench.close() }
        try bench.run()
        if json {
            try bench.table.printJSON()
        } else {
            bench.table.print(bench.environment)
        }
    }
}

/// The servers, the program, and what has been measured.
final class Bench {
    let program: String
    let rows: Int
    let rounds: Int
    let only: [String]
    /// The server of A, and that of B and of whom B passes changes on to.
    let servers: [ThrowawayCluster]
    let table = Table()
    /// What the figures depend on.
    let environment: String

    init(program: String, rows: Int, rounds: Int, only: [String]) throws {
        self.program = program
        self.rows = rows
        self.rounds = rounds
        self.only = only
        let settings = [
            "wal_level": "logical", "shared_buffers": "512MB", "max_wal_size": "16GB",
            "checkpoint_timeout": "1h", "autovacuum": "off", "max_connections": "50",
            // Else the server waits up to 5 s before it starts a subscription again.
            "wal_retrieve_retry_interval": "1ms",
            // A first sync of 1,000 tables takes some locks for each of them.
            "max_locks_per_transaction": "512",
        ]
        servers = try [0, 1].map { _ in try ThrowawayCluster(settings: settings) }
        let version = try Connection(servers[0].conninfo()).query("show server_version").first
        environment =
            "PostgreSQL \(try version?.string("server_version") ?? "?"), "
            + "\(ProcessInfo.processInfo.activeProcessorCount) cores, \(rows) rows, "
            + "\(rounds) rounds, fsync off, autovacuum off"
    }

    func close() {
        for server in servers {
            do { try server.remove() } catch { Self.say("\(error)") }
        }
    }

    func isWanted(_ work: String) -> Bool {
        only.isEmpty || only.contains { work.contains($0) }
    }

    /// All works, round by round: what is compared is measured in turns.
    func run() throws {
        for round in 1...rounds {
            Self.say("round \(round) of \(rounds)")
            try Backlogs(bench: self).run()
            try Captures(bench: self).run()
        }
        try Idle(bench: self).run()
    }

    static func say(_ text: String) {
        FileHandle.standardError.write(Data("bench: \(text)\n".utf8))
    }
}
