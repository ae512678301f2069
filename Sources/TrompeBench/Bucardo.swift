import Foundation
import Postgres

/// Bucardo, where its program and PL/Perl are installed: its triggers, as it puts them itself, for what
/// its users pay while they write, and its daemon, which brings two databases level.
struct Bucardo {
    private let program: [String]
    private let servers: [ThrowawayCluster]
    private var server: ThrowawayCluster { servers[0] }

    /// Makes Bucardo's own database on a server; nil where it is not installed.
    init?(_ bench: Bench) throws {
        servers = bench.servers
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let path = folders.split(separator: ":").map { "\($0)/bucardo" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        let admin = try Connection(servers[0].conninfo())
        defer { admin.close() }
        let languages = try admin.query(
            "select from pg_available_extensions where name = 'plperlu'")
        guard let path, !languages.isEmpty else { return nil }
        program = [
            path, "--no-bucardorc", "--batch", "--dbhost", servers[0].socketDirectory, "--dbport",
            "\(servers[0].port)", "--dbuser", "postgres", "--dbname", "bucardo",
        ]
        try admin.script("drop database if exists bucardo with (force)")
        try admin.script("create database bucardo")
        if try admin.query("select from pg_roles where rolname = 'bucardo'").isEmpty {
            try admin.script("create role bucardo superuser login")
        }
        try say("--piddir", server.directory, "install")
    }

    private func say(_ arguments: String...) throws {
        _ = try Bench.run(program + arguments)
    }

    /// Captures the changes of tables of a database of the first server, for another one that has the
    /// same tables.
    ///
    /// - Parameters:
    ///   - index: the server of the other one.
    ///   - isMutual: whether that one's changes are captured, too.
    func capture(
        _ tables: [String], of database: String, for other: String, on index: Int = 0,
        isMutual: Bool = false
    ) throws {
        for (name, server) in [(database, server), (other, servers[index])] {
            try say(
                "add", "db", name, "dbname=\(name)", "host=\(server.socketDirectory)",
                "port=\(server.port)", "user=postgres")
        }
        let group = "relgroup=\(database)_tables"
        _ = try Bench.run(program + ["add", "table"] + tables + ["db=\(database)", group])
        try say(
            "add", "sync", "\(database)_sync", group, "autokick=0",
            "dbs=\(database):source,\(other):\(isMutual ? "source" : "target")")
    }

    /// Lets the daemon run while something is done. However that ends, so does the daemon: by a shell
    /// that waits for the end of a pipe.
    func whileRunning(_ body: () throws -> Void) throws {
        let folder = server.directory
        let lifeline = Pipe()
        let end = lifeline.fileHandleForWriting
        guard fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw BenchError("no pipe")
        }
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", Self.ender, "sh", folder]
        shell.standardInput = lifeline
        try shell.run()
        defer {
            do { try end.close() } catch { Bench.say("\(error)") }
            shell.waitUntilExit()
        }
        try say("set", "reason_file=\(folder)/bucardo.reason")
        try say("--piddir", folder, "--log-dest", folder, "start", "bench")
        try body()
    }

    private static let ender = """
        trap '' INT TERM HUP
        while read line; do :; done
        pids=$(head -qn 1 "$1"/bucardo.*.pid)
        touch "$1/fullstopbucardo"
        tries=0
        while test $tries -lt 100 && ls "$1"/bucardo.*.pid >/dev/null 2>&1; do
            sleep 0.1
            tries=$((tries + 1))
        done
        kill $pids 2>/dev/null
        """

    /// Lets the daemon bring the databases of a sync level, and waits until it has.
    func bring(_ database: String) throws {
        try say("kick", "\(database)_sync", "0")
    }

    /// Makes sure that it has noted changes of a table: at least so many.
    static func check(_ table: String, in database: Connection, notedAtLeast count: Int) throws {
        let rows = try database.query(
            "select count(*) from bucardo.\(id: "delta_public_\(table)")")
        guard try (rows.first?.int("count") ?? 0) >= count else {
            throw BenchError("Bucardo has not noted the changes of \(table)")
        }
    }
}
