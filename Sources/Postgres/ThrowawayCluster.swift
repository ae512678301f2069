import Foundation
import Synchronization

/// A PostgreSQL server of one's own in a temporary folder, for a demonstration or a test.
///
/// It is reached through a socket in that folder by whoever may enter it, and ends with its owner:
/// by `remove`, with the object, or, should the owner be killed, by a watchdog; unless the owner says
/// `keep`. Nothing is written safely to disk (`fsync = off`).
public final class ThrowawayCluster: Sendable {
    /// The temporary folder that holds everything, in `parent`. Its path is short, because a socket's
    /// may have no more than 107 bytes.
    public let directory: String
    /// The port: the one of TCP, or the number in the socket's name.
    public let port: Int
    /// Whether it also listens on the loopback address.
    public let hasTCP: Bool
    /// The folder of the socket.
    public var socketDirectory: String { directory }

    /// Where the folders are made: what the environment's TROMPE_TMPDIR says, else /tmp. (Not TMPDIR,
    /// whose path is a long one on macOS.)
    public static let parent = ProcessInfo.processInfo.environment["TROMPE_TMPDIR"] ?? "/tmp"

    private let programs: ServerPrograms
    private let watchdog: Watchdog
    private let environment: [String: String]
    private let isKept = Atomic(false)
    private var data: String { "\(directory)/data" }

    /// The folder with the server's programs: `bin`, else the environment's TROMPE_PG_BINDIR, else
    /// pg_config's, else the newest of the usual places.
    public static func programs(bin: String? = nil) throws -> String {
        try ServerPrograms.find(bin: bin)
    }

    /// Makes the server and starts it. The superuser is `postgres`, without a password.
    ///
    /// - Parameters:
    ///   - bin: the folder with initdb, where it is not to be looked for.
    ///   - settings: names and values for postgresql.conf.
    ///   - tcp: whether to listen on the loopback address too, at a free port.
    ///   - environment: what the server finds in its environment beside ours.
    public init(
        bin: String? = nil, settings: [String: String] = [:], tcp: Bool = false,
        environment: [String: String] = [:]
    ) throws {
        self.environment = environment
        programs = try ServerPrograms(bin: bin)
        var template = Array("\(Self.parent)/trompe-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw PostgresError(
                "cannot make a folder in \(Self.parent)", database: "temporary server")
        }
        directory = template.withUnsafeBytes { String(decoding: $0.dropLast(), as: UTF8.self) }
        watchdog = try Watchdog(directory: directory)
        hasTCP = tcp
        port = tcp ? try Self.freePort() : 5432
        do {
            try initialize(settings)
            try start()
        } catch {
            // The log goes with the folder, so its end goes into the error.
            var failure = error as? PostgresError
            failure?.context = logTail()
            try remove()
            throw failure ?? error
        }
    }

    deinit {
        guard !isKept.load(ordering: .relaxed) else { return }
        // Whatever this leaves, the watchdog takes.
        do { try remove() } catch { watchdog.dismiss() }
    }

    private func initialize(_ settings: [String: String]) throws {
        if let account = programs.account, let entry = getpwnam(account) {
            chown(directory, entry.pointee.pw_uid, entry.pointee.pw_gid)
        }
        let locale = try ServerPrograms.locale(in: directory)
        try programs.run(
            "initdb",
            [
                "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
                "--locale=\(locale)",
            ], in: directory)
        let defaults = [
            "listen_addresses": hasTCP ? "127.0.0.1" : "", "port": "\(port)",
            "unix_socket_directories": socketDirectory, "fsync": "off",
        ]
        let lines = defaults.merging(settings) { _, given in given }.sorted { $0.key < $1.key }
            .map { "\($0.key) = '\(Self.escaped($0.value))'\n" }
        // Opened, not replaced: the file belongs to the account that runs the server.
        guard let file = FileHandle(forWritingAtPath: "\(data)/postgresql.conf") else {
            throw PostgresError("initdb made no postgresql.conf", database: "temporary server")
        }
        defer { file.closeFile() }
        file.seekToEndOfFile()
        file.write(Data(lines.joined().utf8))
    }

    /// A conninfo string for one of its databases, as the superuser.
    public func conninfo(_ database: String = "postgres") -> String {
        let host = hasTCP ? "127.0.0.1" : socketDirectory
        return "host=\(host) port=\(port) user=postgres dbname='\(Self.escaped(database))'"
    }

    /// Makes a database, empty or as a copy of another one to which nobody is connected.
    ///
    /// - Returns: its conninfo string.
    @discardableResult
    public func createDatabase(_ name: String, template: String = "template1") throws -> String {
        let connection = try Connection(conninfo())
        try connection.execute("create database \(id: name) template \(id: template)")
        return conninfo(name)
    }

    /// Starts the server where it is stopped, and waits until it takes connections. In a session
    /// of its own (pg_ctl sees to that), so that Ctrl-C does not end it before its owner.
    public func start() throws {
        try programs.run(
            "pg_ctl", ["start", "-w", "-s", "-D", data, "-l", log], in: directory,
            environment: environment)
    }

    /// Stops the server; `immediate` is a crash: the next start recovers.
    public func stop(immediate: Bool = false) throws {
        let mode = immediate ? "immediate" : "fast"
        try programs.run("pg_ctl", ["stop", "-w", "-s", "-D", data, "-m", mode], in: directory)
    }

    /// Stops the server and starts it again.
    public func restart(immediate: Bool = false) throws {
        try stop(immediate: immediate)
        try start()
    }

    /// Stops the server, where it runs, and deletes its folder. Doing it twice does nothing more.
    public func remove() throws {
        if serverPID != nil { try stop(immediate: true) }
        if FileManager.default.fileExists(atPath: directory) {
            try FileManager.default.removeItem(atPath: directory)
        }
        watchdog.dismiss()
    }

    /// Lets the server outlive its owner: nobody removes it but a person, with `removalCommand`.
    public func keep() throws {
        try watchdog.callOff()
        isKept.store(true, ordering: .relaxed)
    }

    /// What a person types into a shell to do what `remove` does.
    public var removalCommand: String {
        "kill -QUIT $(head -n 1 \(data)/postmaster.pid) && sleep 1; rm -rf \(directory)"
    }

    /// The process of the running server; nil where it is stopped.
    public var serverPID: Int32? {
        let file = FileManager.default.contents(atPath: "\(data)/postmaster.pid") ?? Data()
        return String(decoding: file, as: UTF8.self).split(separator: "\n").first.flatMap {
            Int32($0)
        }
    }

    /// The server's log.
    public var log: String { "\(directory)/log" }

    private func logTail() -> String? {
        FileManager.default.contents(atPath: log).map {
            String(decoding: $0.suffix(2000), as: UTF8.self)
        }
    }

    /// Between single quotes, in postgresql.conf as in a conninfo string, a backslash says that
    /// the next character means itself.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if character == "'" || character == "\\" { result += "\\" }
            result.append(character)
        }
    }

    /// A port that nobody uses: the kernel gives one, and it is given back for the server to take.
    private static func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                bind(socket, general, size) == 0 ? getsockname(socket, general, &size) : -1
            }
        }
        guard status == 0 else {
            throw PostgresError("no free port", database: "temporary server")
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
