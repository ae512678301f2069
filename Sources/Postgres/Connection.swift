import CLibPQ

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One session with a server. Blocking, and not Sendable: it belongs to the thread that uses it,
/// and every function returns when its work is done. After an error that is no connection failure
/// it can be used again.
public final class Connection {
    /// What messages call it: the service name, else database and host; never a password.
    public let label: String
    /// Ends a running statement from elsewhere.
    public let cancelHandle: CancelHandle
    /// Told of what the server says beside the results, on the connection's thread; silent if nil.
    public var onNotice: ((Notice) -> Void)?

    /// libpq's connection; nil once closed.
    private var handle: OpaquePointer?
    /// How it was reached.
    let address: ConnectionString
    /// The server process, by its own word: a proxy in between may have numbers of its own.
    private var process = 0
    /// Whether it was opened to look after another one that says nothing.
    let isProbe: Bool
    /// Whether a pooler stands before the server: it tells another number of the process than the
    /// server itself.
    public private(set) var isPooled = false
    /// For how long the server has said nothing and taken nothing while we waited, in milliseconds.
    var silence = 0
    /// What was left to send when the server was last found to wait for us as we do for it.
    var deadlock: Int?
    /// How many bytes of a COPY libpq was given since all was sent.
    var unsent = 0
    /// Another one that is sending rows, which are taken in while this one is waited for.
    weak var companion: Connection?
    /// How many bytes of them were taken in so.
    var readAhead = 0
    /// How many notices have come: tells a notice from an error in the midst of a COPY.
    private(set) var noticeCount = 0
    /// When statements were last sent behind each other (`queries`).
    public internal(set) var sentAt = ContinuousClock.now
    /// When something last came from the server.
    public internal(set) var heardAt = ContinuousClock.now
    /// How often the server was waited for, since it took the connection.
    public internal(set) var roundTrips = 0
    /// Keeps nested savepoints apart.
    var savepointDepth = 0

    /// Connects, and pins the session's settings (`Session`).
    ///
    /// - Parameters:
    ///   - database: what psql takes: a conninfo string or URI, or the bare name of a service.
    ///   - label: what messages are to call it.
    ///   - seconds: how long to wait for the server, unless the user set `connect_timeout`.
    public convenience init(
        _ database: String, label: String? = nil, connectTimeout seconds: Int = 10
    ) throws {
        try self.init(
            ConnectionString(database, label: label, connectTimeout: seconds), isProbe: false)
    }

    /// A session with another database of the same server.
    ///
    /// - Parameters:
    ///   - database: its name.
    ///   - label: what messages are to call it.
    public func beside(database: String, label: String) throws -> Connection {
        var other = handle.map { address.again(like: $0) } ?? address
        other.parameters["dbname"] = database
        other.label = label
        // A .pgpass may have it for the one database alone.
        if let password = handle.flatMap({ PQpass($0) }), password.pointee != 0 {
            other.parameters["password"] = String(cString: password)
        }
        return try Connection(other, isProbe: false)
    }

    convenience init(_ address: ConnectionString, isProbe: Bool) throws {
        try self.init(address, handle: connect(address), isProbe: isProbe)
    }

    /// Takes over what libpq has connected.
    init(_ address: ConnectionString, handle connection: OpaquePointer, isProbe: Bool) throws {
        self.address = address
        self.isProbe = isProbe
        label = address.label
        guard let cancel = PQgetCancel(connection) else {
            PQfinish(connection)
            throw PostgresError("out of memory", database: address.label)
        }
        handle = connection
        cancelHandle = CancelHandle(cancel)
        // No function of libpq shall wait for the server: `wait` does, and knows when to give up.
        PQsetnonblocking(connection, 1)
        PQsetNoticeReceiver(
            connection,
            { receiver, result in
                guard let receiver, let result else { return }
                let target = Unmanaged<Connection>.fromOpaque(receiver).takeUnretainedValue()
                target.receive(notice: result)
            }, Unmanaged.passUnretained(self).toOpaque())
        try pin(connection)
    }

    /// Pins the settings. Where a pooler is in between, none is touched before it is known to keep
    /// sessions apart: it would be another program's next.
    private func pin(_ connection: OpaquePointer) throws {
        let told = Int(PQbackendPID(connection))
        let pinned = try query(Session.pins(serverVersion: serverVersion, process: told))
        process = try pinned.first?.int("process") ?? 0
        isPooled = pinned.isEmpty
        guard isPooled, !isProbe else { return }
        process = try lentProcess(connection)
        try execute(Session.pins(serverVersion: serverVersion, process: process))
    }

    deinit {
        close()
    }

    /// The role that connected; the empty string once closed.
    public var user: String { handle.flatMap { PQuser($0) }.map { String(cString: $0) } ?? "" }

    /// Ends the session. An open transaction is rolled back. Closing twice does nothing.
    public func close() {
        PQfinish(handle)
        handle = nil
    }

    /// The server's version in the form 150018.
    public var serverVersion: Int { Int(PQserverVersion(handle)) }

    /// Whether the session's role is a superuser, as the server reports it without being asked.
    public var isSuperuser: Bool {
        PQparameterStatus(handle, "is_superuser").map { String(cString: $0) } == "on"
    }

    /// The number of the server process that serves this session; 0 once closed.
    public var backendPID: Int { handle == nil ? 0 : process }

    /// Whether a transaction is open, be it one that has failed.
    public var isInTransaction: Bool {
        [PQTRANS_INTRANS, PQTRANS_INERROR, PQTRANS_ACTIVE].contains(PQtransactionStatus(handle))
    }

    /// Whether no transaction is open, by the server's own word.
    var isIdle: Bool { PQtransactionStatus(handle) == PQTRANS_IDLE }

    /// Whether the connection stands, as far as can be told without asking the server: an end that
    /// the server has sent is seen, a cable that was cut is not.
    public var isAlive: Bool {
        // Bounded: the server's farewell and the end of the stream come one after the other.
        for _ in 0..<8 where hasInput {
            if PQconsumeInput(handle) == 0 { return false }
        }
        return PQstatus(handle) == CONNECTION_OK
    }

    /// Runs one statement and returns its rows, all at once.
    public func query(_ sql: SQL) throws -> [Row] {
        try run(sql).rows(statement: sql.text, database: label)
    }

    /// Runs one statement and returns how many rows it changed; 0 where it changes none.
    @discardableResult
    public func execute(_ sql: SQL) throws -> Int {
        try run(sql).rowCount
    }

    /// Runs text that may hold several statements, without parameters. They are one transaction
    /// unless the text says otherwise. No results are returned.
    public func script(_ text: String) throws {
        let connection = try open(for: text)
        _ = try CStrings([text], database: label, statement: text)
        let result = try answer(to: text, sent: PQsendQuery(connection, text))
        try withoutCopy(result, statement: text)
    }

    /// Runs a statement that is no COPY.
    func run(_ sql: SQL) throws -> Result {
        let result = try send(sql)
        try withoutCopy(result, statement: sql.text)
        return result
    }

    /// Sends a statement and waits for its answer, which may be the beginning of a COPY.
    func send(_ sql: SQL) throws -> Result {
        let statement = sql.text
        let connection = try open(for: statement)
        let parameters = sql.parameters
        let values = try CStrings(parameters, database: label, statement: statement)
        _ = try CStrings([statement], database: label, statement: statement)
        let sent = values.withPointers { pointers in
            PQsendQueryParams(
                connection, statement, Int32(parameters.count), nil, pointers, nil, nil, 0)
        }
        return try answer(to: statement, sent: sent)
    }

    /// libpq's connection, or an error where it was closed.
    func open(for statement: String) throws -> OpaquePointer {
        guard let handle else {
            throw PostgresError(
                "the connection is closed", statement: statement, database: label,
                isConnectionFailure: true)
        }
        return handle
    }

    /// Waits for the answer to a statement that libpq took, or did not take.
    private func answer(to statement: String, sent: Int32) throws -> Result {
        let connection = try open(for: statement)
        roundTrips += 1
        let last = sent == 1 ? try lastResult(connection) : nil
        guard let result = last, !result.isError else {
            throw PostgresError(
                last, connection: connection, statement: statement, database: label)
        }
        return result
    }

    private func withoutCopy(_ result: Result, statement: String) throws {
        guard result.isCopy else { return }
        try drain(open(for: statement), from: result)
        throw PostgresError(
            "COPY from or to the client is not possible here", statement: statement,
            database: label)
    }

    /// Whether the server has sent something that was not read yet.
    var hasInput: Bool {
        var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        return socket.fd >= 0 && poll(&socket, 1, 0) > 0
    }

    private func receive(notice: OpaquePointer) {
        noticeCount += 1
        let field = { (letter: Character) -> String in
            text(PQresultErrorField(notice, Int32(letter.asciiValue ?? 0)))
        }
        onNotice?(Notice(severity: field("V"), sqlstate: field("C"), message: field("M")))
    }
}
