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
        let configured = try output(["pg_config", "--bindir"], in: "/tmp")
        let folders = [configured.trimmingCharacters(in: .whitespacesAndNewlines)]
        if let folder = (folders + packagedFolders()).first(where: isComplete) { return folder }
        throw PostgresError("no PostgreSQL server was found", hint: hint, database: label)
    }

    private static func isComplete(_ folder: String) -> Bool {
        ["initdb", "postgres", "pg_ctl"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)")
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

    /// Runs one of the programs to its end, in `directory`; what it says is kept there, and is in
    /// the error if it fails.
    func run(
        _ program: String, _ arguments: [String], in directory: String,
        environment: [String: String] = [:]
    ) throws {
        let path = "\(folder)/\(program)"
        let command = account.map { [Self.runuser, "-u", $0, "--", path] } ?? [path]
        let said = "\(directory)/\(program).out"
        let status = try ChildProcess(
            command + arguments, in: directory, output: said, environment: environment
        ).wait()
        guard status == 0 else {
            throw PostgresError(
                program, endedWith: status, said: Self.contents(said), database: Self.label)
        }
    }

    /// In sbin, which a path may lack.
    private static var runuser: String {
        let paths = ["/usr/sbin/runuser", "/sbin/runuser", "/usr/bin/runuser"]
        return paths.first { FileManager.default.isExecutableFile(atPath: $0) } ?? paths[0]
    }

    /// The locale for a database that behaves the same everywhere: UTF-8 where the system has it.
    static func locale(in directory: String) throws -> String {
        let names = try output(["locale", "-a"], in: directory).split(separator: "\n")
        return names.first { ["C.UTF-8", "C.utf8"].contains($0) }.map(String.init) ?? "C"
    }

    /// What a program of the system says; nothing where it fails or is not there.
    private static func output(_ command: [String], in directory: String) throws -> String {
        let file = "\(directory)/\(command[0]).\(getpid()).\(UInt32.random(in: 0 ... .max)).out"
        defer { unlink(file) }
        let child = try ChildProcess(["/usr/bin/env"] + command, in: directory, output: file)
        return child.wait() == 0 ? contents(file) : ""
    }

    static func contents(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }
}
