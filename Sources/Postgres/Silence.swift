import CLibPQ

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is done about a server that says nothing: a slow statement is waited for, a server that
/// cannot be reached any more is not. TCP does not tell the two apart where something between the
/// ends confirms packets, or has forgotten the connection.
extension Connection {
    /// What a second connection finds.
    private enum Finding {
        /// The server process works on our statement, or nothing speaks against it.
        case works
        /// It waits for us.
        case waits
        /// It is no more.
        case isGone
    }

    /// Asks the server through a second connection what has become of this one's statement.
    ///
    /// - Throws: a connection failure where there is nothing to wait for; the session has ended then.
    func lookAfter(_ connection: OpaquePointer) throws {
        if isProbe { throw giveUp("the server does not answer") }
        let finding: Finding
        do {
            finding = try look(address.again(like: connection))
        } catch let error as PostgresError where error.isConnectionFailure {
            throw giveUp(
                "the server has gone silent, and cannot be reached any more: \(error.message)")
        } catch is PostgresError {
            // It has an answer, if it is no.
            finding = .works
        }
        switch finding {
        case .works:
            deadlock = nil
        case .isGone:
            throw giveUp("the server has ended the session")
        case .waits:
            // An answer may be on its way, over a slow line: it gets as much time again.
            let left = unsentBytes(PQsocket(connection))
            if deadlock == left { throw giveUp("the line to the server has gone dead") }
            deadlock = left
        }
    }

    private func look(_ again: ConnectionString) throws -> Finding {
        let second = try Connection(again, isProbe: true)
        defer { second.close() }
        let rows = try second.query(
            """
            select state not in ('active', 'fastpath function call', 'disabled')
                or coalesce(wait_event_type, '') = 'Client' as waits
            from pg_catalog.pg_stat_activity
            where pid = \(backendPID)::int
            """)
        guard let row = rows.first else { return .isGone }
        return try row.optionalBool("waits") ?? false ? .waits : .works
    }

    /// Ends the session without waiting for anything, and returns the error that says why.
    func giveUp(_ reason: String) -> PostgresError {
        close()
        return PostgresError(
            reason,
            hint: "what was not committed is undone; try again later, and it goes on from there",
            database: label, isConnectionFailure: true)
    }
}

/// How much of what was sent the other end has not confirmed.
private func unsentBytes(_ socket: Int32) -> Int {
    var count: Int32 = 0
    #if canImport(Glibc)
        _ = ioctl(socket, UInt(TIOCOUTQ), &count)
    #else
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket, SOL_SOCKET, SO_NWRITE, &count, &size)
    #endif
    return Int(count)
}
