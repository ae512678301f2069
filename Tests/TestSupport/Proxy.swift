import Foundation
import Synchronization

/// A wire between a program and a server that a test can cut: a TCP port of the loopback address in
/// front of a server's socket or port.
///
/// It understands just enough of the PostgreSQL protocol, version 3, to tell statements, their
/// answers and the rows of a COPY apart. A rule is asked about each of these before it goes on, and
/// decides its fate. Whatever passes is unchanged. Encryption is declined.
public final class Proxy: Sendable {
    /// Something that is about to pass.
    public struct Passage: Sendable {
        /// What it is.
        public enum Kind: Sendable {
            /// The end of a statement on its way to the server: nothing of it was forwarded yet.
            /// The ends of a COPY to the server count too, CopyDone and CopyFail.
            case statement
            /// The server's word that a statement is done, or has failed: what it did is done.
            case answer
            /// A row of a COPY, in either direction.
            case row
        }

        /// What it is.
        public let kind: Kind
        /// Whether it comes from the server.
        public let isFromServer: Bool
        /// How the statement under way begins (200 bytes at most).
        public let statement: String
        /// The number of this statement, counted over all connections of the proxy, from 1.
        public let number: Int
        /// The connection, counted from 1.
        public let connection: Int
        /// The bytes that went the same way over this connection, with these.
        public let bytes: Int
    }

    /// What becomes of it.
    public enum Fate: Sendable {
        /// It goes on.
        case pass
        /// Both ends of this connection are closed; it and what was not sent yet are lost.
        case cut
        /// The same, after half of its bytes went on.
        case cutInside
        /// Nothing more passes over this connection, in either direction; no end is told.
        case mute
        /// The network vanishes: that holds for all connections, and new ones get no answer.
        case vanish
    }

    /// Decides what becomes of each passage; called on the proxy's threads, one for each way.
    public typealias Rule = @Sendable (Passage) -> Fate

    struct State {
        var rule: Rule = { _ in .pass }
        var delayMilliseconds = 0
        var statements = 0
        var connections: [Int: ProxyConnection] = [:]
        var connectionCount = 0
        var bytes = 0
        var hasVanished = false
        var isClosed = false
    }

    /// The port on 127.0.0.1.
    public let port: Int
    private let server: SocketAddress
    private let given: [String]
    private let state = Mutex(State())
    private let listener: Int32

    /// Opens a free port in front of the server of a conninfo string with `host=` and `port=`.
    public init(_ conninfo: String) throws {
        given = conninfo.split(separator: " ").map(String.init)
        server = try SocketAddress(conninfo: given)
        (listener, port) = try SocketAddress.listen()
        Thread.detachNewThread { [listener] in
            while self.accept() {}
            Foundation.close(listener)
        }
    }

    /// How to reach the server through the proxy.
    public var conninfo: String {
        let rest = given.filter { !$0.hasPrefix("host=") && !$0.hasPrefix("port=") }
        let here = ["host=127.0.0.1", "port=\(port)", "sslmode=disable", "gssencmode=disable"]
        return (here + rest).joined(separator: " ")
    }

    /// Sets the rule, for all connections from now on; without one, everything passes.
    public func rule(_ rule: @escaping Rule) {
        state.withLock { $0.rule = rule }
    }

    /// Holds up each packet so long, both ways.
    public func delay(milliseconds: Int) {
        state.withLock { $0.delayMilliseconds = milliseconds }
    }

    /// How many statements came by so far.
    public var statements: Int { state.withLock { $0.statements } }

    /// How many connections were made so far.
    public var connections: Int { state.withLock { $0.connectionCount } }

    /// How many bytes passed so far, both ways, over all connections.
    public var bytes: Int { state.withLock { $0.bytes } }

    /// Cuts all connections.
    public func cut() {
        for connection in state.withLock({ Array($0.connections.values) }) { connection.cut() }
    }

    /// Nothing passes any more, and nobody is told.
    public func vanish() {
        let all = state.withLock { state in
            state.hasVanished = true
            return Array(state.connections.values)
        }
        for connection in all { connection.mute() }
    }

    /// The network is back: the old connections are dead, new ones pass.
    public func reappear() {
        cut()
        state.withLock { $0.hasVanished = false }
    }

    /// Closes the port and all connections. Doing it twice does nothing more.
    public func close() {
        state.withLock { $0.isClosed = true }
        cut()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Takes the next connection; false once closed.
    private func accept() -> Bool {
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        let ready = poll(&waiting, 1, 100)
        if state.withLock({ $0.isClosed }) { return false }
        guard ready > 0 else { return true }
        let client = Foundation.accept(listener, nil, nil)
        guard client >= 0 else { return true }
        let number = state.withLock { state in
            state.connectionCount += 1
            return state.connectionCount
        }
        guard let upstream = try? server.connect() else {
            Foundation.close(client)
            return true
        }
        let connection = ProxyConnection(
            number: number, client: client, server: upstream, proxy: self)
        let isVanished = state.withLock { state in
            state.connections[number] = connection
            return state.hasVanished
        }
        if isVanished { connection.mute() }
        connection.start()
        return true
    }

    /// A connection came to its end.
    func forget(_ number: Int) {
        _ = state.withLock { $0.connections.removeValue(forKey: number) }
    }

    /// The number of the next statement.
    func count() -> Int {
        state.withLock { state in
            state.statements += 1
            return state.statements
        }
    }

    /// Bytes are about to go on; returns how long to hold them up.
    func account(_ count: Int) -> Int {
        state.withLock { state in
            state.bytes += count
            return state.delayMilliseconds
        }
    }

    /// What the rule says.
    func decide(_ passage: Passage) -> Fate {
        let fate = state.withLock { $0.rule }(passage)
        if case .vanish = fate { vanish() }
        return fate
    }
}
