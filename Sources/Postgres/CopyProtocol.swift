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
        drain(try open(for: sql.text), from: result)
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
        guard PQputCopyData(connection, bytes.baseAddress, Int32(data.count)) == 1 else {
            throw ReceiverStopped()
        }
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
        var start: UnsafeMutablePointer<CChar>?
        let length = PQgetCopyData(try open(for: "copy"), &start, 0)
        defer { PQfreemem(start) }
        guard length > 0 else { return false }
        try body(UnsafeRawBufferPointer(start: start, count: Int(length)))
        return true
    }

    /// Stops the sender and throws away what is under way.
    func abortCopyOut(_ query: SQL) {
        do {
            let connection = try open(for: query.text)
            cancelHandle.cancel()
            skipCopyData(connection)
            drain(connection)
        } catch {
            // It was closed: nothing is under way.
        }
    }

    /// Reads what a statement still answers, and returns its number of rows.
    func finish(_ sql: SQL) throws -> Int {
        let connection = try open(for: sql.text)
        let results = drain(connection)
        if let failed = results.first(where: \.isError) {
            throw PostgresError(
                failed, connection: connection, statement: sql.text, database: label)
        }
        return results.last?.rowCount ?? 0
    }

    /// Reads results until there are no more, ending each COPY among them, so that the connection
    /// can take the next statement.
    @discardableResult
    func drain(_ connection: OpaquePointer, from first: Result? = nil) -> [Result] {
        var results: [Result] = []
        var next = first ?? Result(PQgetResult(connection))
        while let result = next {
            if result.status == PGRES_COPY_IN {
                PQputCopyEnd(connection, "no data was expected here")
            } else if result.isCopy {
                cancelHandle.cancel()
                skipCopyData(connection)
            }
            results.append(result)
            next = Result(PQgetResult(connection))
        }
        return results
    }

    private func skipCopyData(_ connection: OpaquePointer) {
        var start: UnsafeMutablePointer<CChar>?
        while PQgetCopyData(connection, &start, 0) > 0 { PQfreemem(start) }
    }
}
