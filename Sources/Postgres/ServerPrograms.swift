import Foundation

/// Where the programs of a PostgreSQL server are, and as whom they run: the server refuses to be
/// run by root.
struct ServerPrograms: Sendable {
    /// The folder with initdb, postgres and pg_ctl.
    let folder: String
    /// The other account that runs them where we are root.
    let account: String?

    private static let label = "temporary server"

    init(bin: String?) throws {
        folder = try Self.find(bin: bin)
        let isRoot = getuid() == 0
        account = isRoot ? ["postgres", "nobody"].first { getpwnam($0) != nil } : nil
        if isRoot && account == nil {
            throw PostgresError(
                "a server cannot run as root, and there is no account to run it",
                hint: "run it as another user", database: Self.label)
        }
    }

    /// The folder of the server's programs: as named, else as the environment says, else the one
    /// that belongs to pg_config, else the newest of the usual places.
    static func find(bin: String?) throws -> String {
        let hint = "install PostgreSQL's server, or set TROMPE_PG_BINDIR to its bin folder"
        let named = bin ?? ProcessInfo.processInfo.environment["TROMPE_PG_BINDIR"]
        if let named, !named.isEmpty {
            if isComplete(named) { return named }
            throw PostgresError("no initdb in \(named)", hint: hint, database: label)
        }
        if let folder = (usualFolders() + packagedFolders()).first(where: isComplete) {
            return folder
        }
        throw PostgresError("no PostgreSQL server was found", hint: hint, database: label)
    }

    private static func isComplete(_ folder: String) -> Bool {
        ["initdb", "postgres", "pg_ctl"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)")
        }
    }

    private static func usualFolders() -> [String] {
        do {
            let said = try output("/usr/bin/env", ["pg_config", "--bindir"])
            return [said.trimmingCharacters(in: .whitespacesAndNewlines)]
        } catch {
            // No pg_config: there are other places.
            return []
        }
    }

    /// The folders of Debian's and Homebrew's packages, the newest version first.
    private static func packagedFolders() -> [String] {
        let roots = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        return roots.flatMap { root -> [String] in
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: root)
            } catch {
                return []
            }
            let version = { (name: String) in Int(name.filter(\.isNumber)) ?? 0 }
            return
                names
                .filter { root.hasSuffix("postgresql") || $0.hasPrefix("postgresql") }
                .sorted { version($0) > version($1) }
                .map { "\(root)/\($0)/bin" }
        }
    }

    /// Runs one of the programs to its end, in `directory`; what it says goes to `log` there, and
    /// into the error if it fails.
    func run(_ program: String, _ arguments: [String], in directory: String) throws {
        let path = "\(folder)/\(program)"
        let command = account.map { ["runuser", "-u", $0, "--", path] } ?? [path]
        let log = "\(directory)/\(program).out"
        guard FileManager.default.createFile(atPath: log, contents: nil),
            let output = FileHandle(forWritingAtPath: log)
        else {
            throw PostgresError("cannot write \(log)", database: Self.label)
        }
        defer { output.closeFile() }
        let status = try Self.execute(
            "/usr/bin/env", command + arguments, in: directory, output: output)
        guard status == 0 else {
            let said = String(
                decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
            throw PostgresError(
                "\(program) failed with status \(status)", detail: said, database: Self.label)
        }
    }

    /// The locale for a database that behaves the same everywhere: UTF-8 where the system has it.
    static func locale() throws -> String {
        let names = try output("/usr/bin/env", ["locale", "-a"]).split(separator: "\n")
        return names.first { ["C.UTF-8", "C.utf8"].contains($0) }.map(String.init) ?? "C"
    }

    private static func output(_ path: String, _ arguments: [String]) throws -> String {
        let pipe = Pipe()
        let status = try execute(path, arguments, in: "/", output: pipe.fileHandleForWriting)
        pipe.fileHandleForWriting.closeFile()
        // What is asked for is a line: less than a pipe holds.
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        return status == 0 ? String(decoding: data, as: UTF8.self) : ""
    }

    private static func execute(
        _ path: String, _ arguments: [String], in directory: String, output: FileHandle
    ) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") }
        environment["LC_ALL"] = "C"
        // runuser is in sbin, which a user's path may lack.
        environment["PATH"] = (environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
