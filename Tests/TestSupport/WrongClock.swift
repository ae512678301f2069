import Foundation
import Postgres

/// A server whose clock goes wrong, as the test says.
public final class WrongClock {
    /// The server.
    public let server: ThrowawayCluster
    private let folder: URL

    /// Whether a clock can be made to go wrong here.
    public static var isPossible: Bool {
        #if os(Linux)
            return true
        #else
            return false
        #endif
    }

    /// Starts it, its clock ahead by so many seconds.
    public init(ahead seconds: Int) throws {
        folder = URL(fileURLWithPath: "/tmp/trompe-clock-\(UUID().uuidString.prefix(8))")
        // The server runs as another user, who may not enter the folder with what was built.
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755])
        let library = folder.appending(path: "libFakeClock.so")
        try FileManager.default.copyItem(at: try Self.built(), to: library)
        try "\(seconds)".write(to: Self.file(in: folder), atomically: true, encoding: .utf8)
        server = try ThrowawayCluster(environment: [
            "LD_PRELOAD": library.path, "TROMPE_CLOCK": Self.file(in: folder).path,
        ])
    }

    /// Sets the clock of the running server.
    public func set(ahead seconds: Int) throws {
        try "\(seconds)".write(to: Self.file(in: folder), atomically: true, encoding: .utf8)
    }

    /// Ends the server.
    public func remove() throws {
        try server.remove()
        try FileManager.default.removeItem(at: folder)
    }

    private static func file(in folder: URL) -> URL { folder.appending(path: "ahead") }

    /// The library stands beside the bundle with the tests.
    private static func built() throws -> URL {
        let running = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        for argument in CommandLine.arguments + [running] {
            guard let bundle = argument.firstRange(of: ".xctest") else { continue }
            let library = URL(fileURLWithPath: String(argument[..<bundle.upperBound]))
                .deletingLastPathComponent().appending(path: "libFakeClock.so")
            if FileManager.default.fileExists(atPath: library.path) { return library }
        }
        throw PostgresError("libFakeClock.so was not built", database: "server with a wrong clock")
    }
}
