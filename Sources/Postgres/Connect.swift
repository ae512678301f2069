import CLibPQ

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Opens libpq's connection, or throws with the reason, knowing whether it is worth trying again.
func connect(_ database: ConnectionString) throws -> OpaquePointer {
    let keywords = try CStrings(Array(database.parameters.keys), database: database.label)
    let values = try CStrings(Array(database.parameters.values), database: database.label)
    let begin = secondsNow()
    let attempt = keywords.withPointers { keywords in
        values.withPointers { values in PQconnectdbParams(keywords, values, 0) }
    }
    guard let connection = attempt else {
        throw PostgresError("out of memory", database: database.label)
    }
    if PQstatus(connection) == CONNECTION_OK { return connection }
    let lines = text(PQerrorMessage(connection)).split { $0.isNewline }
    let message = lines.map { $0.drop { $0.isWhitespace } }.joined(separator: "; ")
    // A server that answers does so at once; one that does not is not waited for twice.
    let refusal = secondsNow() - begin < 3 ? secondAttempt(connection) : Refusal()
    if PQstatus(connection) == CONNECTION_OK { return connection }
    PQfinish(connection)
    let isUnreachable = refusal.sqlstate.map(SQLState.isConnectionFailure) ?? !refusal.isOfTLS
    throw PostgresError(
        message, sqlstate: refusal.sqlstate,
        hint: refusal.isOfTLS ? hintOfTLS : nil,
        database: database.label, isConnectionFailure: isUnreachable)
}

private let hintOfTLS = """
    the two do not agree about encryption, or the server's certificate is not one that sslmode, \
    sslrootcert and the name of the host allow; nothing was sent to it
    """

/// Why a server that can be reached refuses a connection, or is refused.
private struct Refusal {
    var sqlstate: String?
    /// An answer of the server's ended the negotiation of encryption: it has a wrong certificate,
    /// say. It will have the same one later.
    var isOfTLS = false
}

/// Connects again to learn what the first attempt does not tell. libpq has no function for the
/// SQLSTATE, but puts it into the message where verbosity says so, which can be said only of a
/// connection that is there; and how far an attempt came can be seen only while it is under way.
private func secondAttempt(_ connection: OpaquePointer) -> Refusal {
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    defer { PQsetErrorVerbosity(connection, PQERRORS_DEFAULT) }
    guard PQresetStart(connection) == 1 else { return Refusal() }
    let end = secondsNow() + 5
    var refusal = Refusal()
    var next = PGRES_POLLING_WRITING
    while next != PGRES_POLLING_OK, next != PGRES_POLLING_FAILED, secondsNow() < end {
        let waitsFor = next == PGRES_POLLING_READING ? POLLIN : POLLOUT
        var socket = pollfd(fd: PQsocket(connection), events: Int16(waitsFor), revents: 0)
        guard poll(&socket, 1, 1_000) > 0 else { continue }
        var byte: UInt8 = 0
        // Where a failure follows upon the end of the stream, it was the network's.
        let hasAnswer = recv(socket.fd, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
        refusal.isOfTLS = hasAnswer && PQstatus(connection) == CONNECTION_SSL_STARTUP
        next = PQresetPoll(connection)
    }
    refusal.isOfTLS = refusal.isOfTLS && next == PGRES_POLLING_FAILED
    refusal.sqlstate =
        PQstatus(connection) == CONNECTION_OK
        ? nil : sqlstate(inVerbose: text(PQerrorMessage(connection)))
    return refusal
}

/// The code in `FATAL:  28P01: ...`, whatever the language of the words around it. Of several
/// hosts, the last one's.
func sqlstate(inVerbose message: String) -> String? {
    let found = message.matches(of: #/:  ([0-9A-Z]{5}): /#)
    return found.last.map { String($0.1) }
}

/// Seconds of a clock that nobody sets.
private func secondsNow() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int(now.tv_sec)
}
