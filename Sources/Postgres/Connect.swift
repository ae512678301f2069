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
    let sqlstate = secondsNow() - begin < 3 ? sqlstateOfSecondAttempt(connection) : nil
    if PQstatus(connection) == CONNECTION_OK { return connection }
    PQfinish(connection)
    let isUnreachable = sqlstate.map(SQLState.isConnectionFailure) ?? true
    throw PostgresError(
        message, sqlstate: sqlstate, database: database.label, isConnectionFailure: isUnreachable)
}

/// The SQLSTATE with which a server refuses a connection. libpq has no function for it, but puts it
/// into the message where verbosity says so, which can be said only of a connection that is there.
private func sqlstateOfSecondAttempt(_ connection: OpaquePointer) -> String? {
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    PQreset(connection)
    PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
    return PQstatus(connection) == CONNECTION_OK
        ? nil : sqlstate(inVerbose: text(PQerrorMessage(connection)))
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
