import CLibPQ

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Says to the sending side of a COPY that the receiving side has failed; its reason comes from
/// `abortCopyIn`.
struct ReceiverStopped: Error {}

/// The steps of COPY in libpq, each of which leaves the connection where the next one begins.
extension Connection {
    /// Begins to send.
    func beginCopyIn(_ statement: SQL) throws {
        try beginCopy(statement, PGRES_COPY_IN)
    }

    /// Begins to receive.
    func beginCopyOut(_ query: SQL) throws {
        try beginCopy(query, PGRES_COPY_OUT)
    }

    private func beginCopy(_ sql: SQL, _ expected: ExecStatusType) throws {
        let result = try send(sql)
        if result.status == expected, sql.parameters.isEmpty { return }
        try drain(open(for: sql.text), from: result)
        throw PostgresError(
            expected == PGRES_COPY_IN
                ? "not a COPY from the client without parameters"
                : "not a COPY to the client without parameters",
            statement: sql.text, database: label)
    }

    /// Sends some data. Waits while the server is busy with what it has.
    func sendCopyData(_ data: UnsafeRawBufferPointer) throws {
        let bytes = data.assumingMemoryBound(to: CChar.self)
        let connection = try open(for: "copy")
        // Above 8 kB libpq would try to send at each row, in vain while the server takes no more.
        if unsent + data.count + 5 > 8_192 {
            try flush(connection)
            unsent = 0
        }
        guard PQputCopyData(connection, bytes.baseAddress, Int32(data.count)) == 1 else {
            throw ReceiverStopped()
        }
        unsent += data.count + 5
    }

    /// Looks whether the server has given up, which libpq itself tells only at the end: gigabytes
    /// might be sent for nothing. What comes during a COPY is a notice, which libpq hands over when
    /// asked whether it is busy, or an error, which it keeps.
    func checkCopyIn() throws {
        guard hasInput else { return }
        let connection = try open(for: "copy")
        let before = noticeCount
        // The second look is for a notice that comes in two packets.
        for wait in [0, 200] {
            var socket = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
            poll(&socket, 1, Int32(wait))
            guard PQconsumeInput(connection) == 1 else { throw ReceiverStopped() }
            _ = PQisBusy(connection)
            if noticeCount > before { return }
        }
        throw ReceiverStopped()
    }

    /// Says that all was sent, and returns how many rows the server made of it.
    func finishCopyIn(_ statement: SQL) throws -> Int {
        PQputCopyEnd(try open(for: statement.text), nil)
        roundTrips += 1
        return try finish(statement)
    }

    /// Takes back what was sent, and returns the server's reason: its own if it had failed before.
    func abortCopyIn(_ statement: SQL) -> PostgresError {
        do {
            PQputCopyEnd(try open(for: statement.text), "the sender has failed")
            _ = try finish(statement)
            return PostgresError("COPY failed", statement: statement.text, database: label)
        } catch let error as PostgresError {
            return error
        } catch {
            return PostgresError("\(error)", statement: statement.text, database: label)
        }
    }

    /// Hands over the next row; false after the last one. A failure shows in `finish`.
    func receiveCopyData(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        let connection = try open(for: "copy")
        var start: UnsafeMutablePointer<CChar>?
        var length = PQgetCopyData(connection, &start, 1)
        while length == 0 {
            guard try read(connection) else { return false }
            length = PQgetCopyData(connection, &start, 1)
        }
        defer { PQfreemem(start) }
        guard length > 0 else { return false }
        try body(UnsafeRawBufferPointer(start: start, count: Int(length)))
        return true
    }

    /// Stops the sender and throws away what is under way. Where that cannot be done, ends the
    /// session.
    func abortCopyOut(_ query: SQL) {
        do {
            try stopCopyOut(open(for: query.text))
            try drain(open(for: query.text))
        } catch {
            close()
        }
    }

    /// Reads what a statement still answers, and returns its number of rows.
    func finish(_ sql: SQL) throws -> Int {
        let connection = try open(for: sql.text)
        let results = try drain(connection)
        if let failed = results.first(where: \.isError) {
            throw PostgresError(
                failed, connection: connection, statement: sql.text, database: label)
        }
        return results.last?.rowCount ?? 0
    }

    /// Reads results until there are no more, ending each COPY among them, so that the connection
    /// can take the next statement.
    @discardableResult
    func drain(_ connection: OpaquePointer, from first: Result? = nil) throws -> [Result] {
        var results: [Result] = []
        var next = try first ?? nextResult(connection)
        while let result = next {
            if result.status == PGRES_COPY_IN {
                PQputCopyEnd(connection, "no data was expected here")
            } else if result.isCopy {
                try stopCopyOut(connection)
            }
            results.append(result)
            next = try nextResult(connection)
        }
        return results
    }

    private func stopCopyOut(_ connection: OpaquePointer) throws {
        guard cancelHandle.cancel(withinSeconds: address.connectTimeout) else {
            throw giveUp("the server cannot be told to stop")
        }
        while try receiveCopyData({ _ in }) {}
    }
}
