import Foundation

/// systemd, where that has started the program and wants to hear of it: sd_notify(3).
struct ServiceManager: Sendable {
    private let socket: String?
    /// After how long without a sign of life it takes the program for dead, in seconds; nil: never.
    let watchdogSeconds: Double?

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        socket = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        watchdogSeconds =
            isOurs
            ? environment["WATCHDOG_USEC"].flatMap(Double.init).map { $0 / 1_000_000 } : nil
    }

    /// Tells it assignments such as `READY=1`. That nobody listens is nobody's trouble here.
    func tell(_ lines: String...) {
        guard let socket else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(socket.utf8)
        // An abstract address begins with a zero.
        if path.first == UInt8(ascii: "@") { path[0] = 0 }
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.count < room else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 0
        let size = socklen_t(offset + path.count)
        #if canImport(Glibc)
            let handle = Foundation.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        #else
            let handle = Foundation.socket(AF_UNIX, SOCK_DGRAM, 0)
        #endif
        guard handle >= 0 else { return }
        defer { close(handle) }
        _ = fcntl(handle, F_SETFD, FD_CLOEXEC)
        // Whoever does not read is not waited for.
        _ = fcntl(handle, F_SETFL, O_NONBLOCK)
        let text = Array(lines.joined(separator: "\n").utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                _ = sendto(handle, text, text.count, 0, general, size)
            }
        }
    }
}
