import Foundation
import Postgres

/// Bucardo's triggers, as Bucardo itself puts them, where its program and PL/Perl are installed. Its
/// daemon is not started: what is measured is what its users pay while they write.
struct Bucardo {
    private let program: [String]
    private let server: ThrowawayCluster

    /// Makes Bucardo's own database on a server; nil where it is not installed.
    init?(_ bench: Bench) throws {
        server = bench.servers[0]
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let path = folders.split(separator: ":").map { "\($0)/bucardo" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        let admin = try Connection(server.conninfo())
        defer { admin.close() }
        let languages = try admin.query(
            "select from pg_available_extensions where name = 'plperlu'")
        guard let path, !languages.isEmpty else { return nil }
        program = [
            path, "--no-bucardorc", "--batch", "--dbhost", server.socketDirectory, "--dbport",
            "\(server.port)", "--dbuser", "postgres", "--dbname", "bucardo",
        ]
        try admin.script("drop database if exists bucardo with (force)")
        try admin.script("create database bucardo")
        if try admin.query("select from pg_roles where rolname = 'bucardo'").isEmpty {
            try admin.script("create role bucardo superuser login")
        }
        _ = try Bench.run(program + ["--piddir", server.directory, "install"])
    }

    /// Captures the changes of tables of a database, for a second one that has the same tables.
    func capture(_ tables: [String], of database: String, for other: String) throws {
        for name in [database, other] {
            _ = try Bench.run(
                program + [
                    "add", "db", name, "dbname=\(name)", "host=\(server.socketDirectory)",
                    "port=\(server.port)", "user=postgres",
                ])
        }
        let group = "relgroup=\(database)_tables"
        _ = try Bench.run(program + ["add", "table"] + tables + ["db=\(database)", group])
        _ = try Bench.run(
            program + ["add", "sync", "\(database)_sync", group, "dbs=\(database),\(other)"])
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
