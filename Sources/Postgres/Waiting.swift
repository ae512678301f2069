import CLibPQ

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Waiting for the server. libpq itself would wait for as long as TCP believes in the connection;
/// here silence is noticed, and looked into.
extension Connection {
    /// Sends all that libpq holds.
    func flush(_ connection: OpaquePointer) throws {
        while PQflush(connection) == 1 {
            // The server may not take more before it is rid of what it has to say.
            try wait(connection, for: POLLIN | POLLOUT)
            guard PQconsumeInput(connection) == 1 else { return }
        }
    }

    /// Waits for something to come, and takes it in; false where the connection is lost, which the
    /// next result says.
    func read(_ connection: OpaquePointer) throws -> Bool {
        readAhead = 0
        try wait(connection, for: POLLIN)
        return PQconsumeInput(connection) == 1
    }

    /// The next result of the statement under way; nil after the last one.
    func nextResult(_ connection: OpaquePointer) throws -> Result? {
        try flush(connection)
        while PQisBusy(connection) == 1 {
            guard try read(connection) else { break }
        }
        return Result(PQgetResult(connection))
    }

    /// The result of the last of several statements, or that of a COPY, which is to be done first.
    func lastResult(_ connection: OpaquePointer) throws -> Result? {
        var last: Result?
        while let result = try nextResult(connection) {
            last = result
            if result.isCopy || PQstatus(connection) == CONNECTION_BAD { break }
        }
        return last
    }

    /// Waits for one of the events, or for a moment: whoever calls this looks again, and comes back.
    /// What a companion sends meanwhile is taken in; that it does is no sign of life of this server.
    private func wait(_ connection: OpaquePointer, for events: Int32) throws {
        var sockets = [pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)]
        guard sockets[0].fd >= 0 else { return }
        if let companion, companion.readAhead < Self.readAheadLimit {
            let sender = PQsocket(try companion.open(for: "copy"))
            sockets.append(pollfd(fd: sender, events: Int16(POLLIN), revents: 0))
        }
        // Of an encrypted stream the end may have been read from the socket, but not by libpq.
        let isEncrypted = PQsslInUse(connection) == 1 || PQgssEncInUse(connection) == 1
        let moment = isEncrypted ? 100 : 1_000
        let ready = poll(&sockets, nfds_t(sockets.count), Int32(moment))
        if sockets.count > 1, sockets[1].revents != 0 { try companion?.takeIn() }
        if sockets[0].revents != 0 {
            silence = 0
            deadlock = nil
            heardAt = .now
        }
        guard ready == 0 else { return }
        silence += moment
        guard silence >= (isProbe ? 1_000 * address.connectTimeout : address.silenceLimit) else {
            return
        }
        silence = 0
        try lookAfter(connection)
    }

    /// So many bytes at most are read ahead.
    private static let readAheadLimit = 4 << 20

    /// Takes in what has come, before anybody asks for it. The end of the stream is left to whoever does.
    private func takeIn() throws {
        let connection = try open(for: "copy")
        var waiting: Int32 = 0
        _ = ioctl(PQsocket(connection), UInt(FIONREAD), &waiting)
        readAhead += waiting > 0 ? Int(waiting) : Self.readAheadLimit
        if waiting > 0 { _ = PQconsumeInput(connection) }
        heardAt = .now
    }
}
