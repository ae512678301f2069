import Foundation
import Synchronization

/// One connection through a proxy: two sockets and a thread for each way.
final class ProxyConnection: Sendable {
    private struct State {
        var isMuted = false
        var isCut = false
        /// The threads that still use the sockets.
        var threads = 2
        var statement = ""
        var number = 0
    }

    private let number: Int
    private let client: Int32
    private let server: Int32
    private let proxy: Proxy
    private let state = Mutex(State())

    init(number: Int, client: Int32, server: Int32, proxy: Proxy) {
        self.number = number
        self.client = client
        self.server = server
        self.proxy = proxy
        SocketAddress.closeOnExec(client)
        var yes: Int32 = 1
        for socket in [client, server] {
            setsockopt(
                socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    func start() {
        Thread.detachNewThread { [self] in
            forward(fromServer: false)
            end()
        }
        Thread.detachNewThread { [self] in
            forward(fromServer: true)
            end()
        }
    }

    /// Closes both ends: their threads wake up and end.
    func cut() {
        state.withLock { $0.isCut = true }
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
    }

    /// Lets nothing pass any more, and tells nobody.
    func mute() {
        state.withLock { $0.isMuted = true }
    }

    /// One way is at its end, and so then is the other. The last thread closes the sockets.
    private func end() {
        cut()
        let isLast = state.withLock { state in
            state.threads -= 1
            return state.threads == 0
        }
        guard isLast else { return }
        close(client)
        close(server)
        proxy.forget(number)
    }

    private func forward(fromServer: Bool) {
        let stream = ProxyStream(
            from: fromServer ? server : client, to: fromServer ? client : server)
        if !fromServer, !stream.passStartup() { return }
        var bytes = 0
        while !waitedMuted(), stream.fill() {
            // Muted while it waited: what came must not pass either.
            if waitedMuted() { return }
            while let message = stream.next() {
                bytes += message.length
                guard let kind = kind(of: message, fromServer: fromServer) else {
                    stream.accept(message, held: !fromServer && "PBDEC".utf8.contains(message.type))
                    continue
                }
                let (statement, counted) = under(kind: kind, message: message)
                let passage = Proxy.Passage(
                    kind: kind, isFromServer: fromServer, statement: statement, number: counted,
                    connection: number, bytes: bytes)
                switch proxy.decide(passage) {
                case .pass:
                    stream.accept(message, held: false)
                    continue
                case .cut:
                    return
                case .cutInside:
                    stream.acceptHalf(message)
                    _ = stream.flush()
                    return
                case .mute, .vanish:
                    mute()
                }
                if waitedMuted() { return }
            }
            let delay = proxy.account(stream.acceptedCount)
            if delay > 0, stream.acceptedCount > 0 { usleep(UInt32(delay * 1_000)) }
            guard stream.flush() else { return }
        }
    }

    /// Where nothing may pass, waits for the end of the connection.
    private func waitedMuted() -> Bool {
        var hasWaited = false
        while state.withLock({ $0.isMuted && !$0.isCut }) {
            hasWaited = true
            usleep(10_000)
        }
        return hasWaited
    }

    private func kind(
        of message: ProxyStream.Message, fromServer: Bool
    ) -> Proxy.Passage.Kind? {
        switch (UnicodeScalar(message.type), fromServer) {
        case ("d", _): .row
        case ("C", true), ("E", true): .answer
        case ("Q", false), ("S", false), ("c", false), ("f", false): .statement
        default: nil
        }
    }

    /// The statement that a passage belongs to, and its number.
    private func under(
        kind: Proxy.Passage.Kind, message: ProxyStream.Message
    ) -> (String, Int) {
        guard kind == .statement else { return state.withLock { ($0.statement, $0.number) } }
        let number = proxy.count()
        return state.withLock { state in
            if let text = message.statement { state.statement = text }
            state.number = number
            return (state.statement, number)
        }
    }
}
