import Foundation

/// pg_dump and pg_restore, run as programs: nothing knows a database's objects better.
public struct DumpPrograms: Sendable {
    /// The folder with both; nil: where PATH finds them.
    let folder: String?
    /// The release that they belong to, such as 15.
    public let release: Int

    /// Finds the programs.
    ///
    /// - Parameter folder: where they are; nil: where PATH finds them.
    /// - Throws: `PostgresError` where one of the two is not there.
    public init(folder: String?) throws {
        self.folder = folder
        var releases: [Int] = []
        for program in ["pg_dump", "pg_restore"] {
            let file = Self.scratch(program)
            defer { unlink(file) }
            let child = try ChildProcess(
                Self.command(program, folder) + ["--version"], in: "/", output: file)
            let said = child.wait() == 0 ? ServerPrograms.contents(file) : ""
            // pg_dump (PostgreSQL) 15.20 (Debian ...)
            let version = said.split(separator: " ").dropFirst(2).first ?? ""
            guard let release = Int(version.prefix { $0.isNumber }) else {
                throw PostgresError(
                    "not found\(folder.map { " in \($0)" } ?? "")",
                    hint: "install PostgreSQL's client programs, or name their folder with "
                        + "--bindir",
                    database: program)
            }
            releases.append(release)
        }
        release = releases.min() ?? 0
    }

    private static func command(_ program: String, _ folder: String?) -> [String] {
        folder.map { ["\($0)/\(program)"] } ?? ["/usr/bin/env", program]
    }

    private static func scratch(_ program: String) -> String {
        "\(NSTemporaryDirectory())/trompe-\(program)-\(UUID().uuidString)"
    }

    /// Runs one of the two to its end.
    ///
    /// - Parameters:
    ///   - connection: the database that it is about.
    ///   - name: what its sessions are called in `pg_stat_activity`.
    ///   - settings: of these sessions, as in `PGOPTIONS`.
    ///   - onTick: called every half second while it runs.
    /// - Throws: `PostgresError` with what it said last, where it fails.
    public func run(
        _ program: String, _ arguments: [String], on connection: Connection, named name: String,
        settings: String = "", onTick: () -> Void
    ) throws {
        let (conninfo, password) = connection.address.forPrograms
        var environment = ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("PG") }
        environment["PGAPPNAME"] = name
        if !settings.isEmpty { environment["PGOPTIONS"] = settings }
        if let password { environment["PGPASSWORD"] = password }
        try run(
            program, arguments + ["--no-password", "--dbname", conninfo], environment,
            about: connection.label, onTick: onTick)
    }

    /// Runs one of the two on files alone.
    public func run(_ program: String, _ arguments: [String]) throws {
        try run(program, arguments, [:], about: program) {}
    }

    private func run(
        _ program: String, _ arguments: [String], _ environment: [String: String],
        about label: String, onTick: () -> Void
    ) throws {
        let file = Self.scratch(program)
        defer { unlink(file) }
        let child = try ChildProcess(
            Self.command(program, folder) + arguments,
            in: FileManager.default.currentDirectoryPath, output: file, environment: environment)
        let status = child.wait(onTick: onTick)
        guard status == 0 else {
            throw PostgresError(
                program, endedWith: status, said: ServerPrograms.contents(file),
                hint: "mend what is said, and run the same command again", database: label)
        }
    }
}

extension ConnectionString {
    /// The same for libpq's own programs: their arguments are seen by everybody, so the password goes
    /// into their environment.
    var forPrograms: (conninfo: String, password: String?) {
        let shown = parameters.filter {
            !["password", "sslpassword", "fallback_application_name", "application_name"]
                .contains($0.key)
        }
        let conninfo = shown.sorted { $0.key < $1.key }.map { keyword, value -> String in
            let quoted: String = value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
            return "\(keyword)='\(quoted)'"
        }.joined(separator: " ")
        return (conninfo, parameters["password"])
    }
}
