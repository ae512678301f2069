import Foundation

/// Where a server listens: a socket in the file system, or a port of the loopback address.
enum SocketAddress: Sendable {
    case file(String)
    case loopback(Int)

    struct Failure: Error {
        let what: String
        let code: Int32
    }

    /// From the words of a conninfo string.
    init(conninfo words: [String]) throws {
        let value = { (name: String) in
            words.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        guard let host = value("host"), let port = value("port").flatMap({ Int($0) }) else {
            throw Failure(what: "no host and port in \(words)", code: 0)
        }
        self = host.hasPrefix("/") ? .file("\(host)/.s.PGSQL.\(port)") : .loopback(port)
    }

    /// A socket that listens at a free port.
    static func listen() throws -> (socket: Int32, port: Int) {
        let listener = socket(AF_INET, Self.stream, 0)
        var yes: Int32 = 1
        setsockopt(
            listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = loopbackAddress(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                bind(listener, general, size) == 0 && Foundation.listen(listener, 50) == 0
                    ? getsockname(listener, general, &size) : -1
            }
        }
        guard status == 0 else {
            close(listener)
            throw Failure(what: "no free port", code: errno)
        }
        closeOnExec(listener)
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// A socket that is connected to it.
    func connect() throws -> Int32 {
        let made: Int32
        let status: Int32
        switch self {
        case .file(let path):
            made = socket(AF_UNIX, Self.stream, 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { bytes in
                bytes.copyBytes(from: Array(path.utf8.prefix(bytes.count - 1)))
            }
            status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Foundation.connect(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        case .loopback(let port):
            made = socket(AF_INET, Self.stream, 0)
            var address = Self.loopbackAddress(port)
            status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Foundation.connect(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        guard status == 0 else {
            let code = errno
            close(made)
            throw Failure(what: "cannot connect to \(self)", code: code)
        }
        Self.closeOnExec(made)
        return made
    }

    /// Programs that a test starts must not hold a connection open that the test cuts.
    static func closeOnExec(_ socket: Int32) {
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    }

    private static var stream: Int32 { Int32(SOCK_STREAM.rawValue) }

    private static func loopbackAddress(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = UInt16(port).bigEndian
        return address
    }
}
