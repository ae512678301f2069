import CLibPQ

/// What the server answered to one statement; owns libpq's copy of it.
final class Result {
    let handle: OpaquePointer
    let status: ExecStatusType

    init?(_ handle: OpaquePointer?) {
        guard let handle else { return nil }
        self.handle = handle
        status = PQresultStatus(handle)
    }

    deinit {
        PQclear(handle)
    }

    var isError: Bool {
        ![
            PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_COPY_IN, PGRES_COPY_OUT,
        ].contains(status)
    }

    var isCopy: Bool {
        [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status)
    }

    /// How many rows a statement changed, returned or copied; 0 where it has no such number.
    var rowCount: Int {
        Int(text(PQcmdTuples(handle))) ?? 0
    }

    /// The command that was done, such as `INSERT 0 1`.
    var command: String {
        text(PQcmdStatus(handle))
    }

    func rows(statement: String, database: String) -> [Row] {
        let columns = (0..<PQnfields(handle)).map { text(PQfname(handle, $0)) }
        let shape = Row.Shape(columns: columns, statement: statement, database: database)
        return (0..<PQntuples(handle)).map { row in
            Row(shape: shape, values: (0..<PQnfields(handle)).map { value(row, $0) })
        }
    }

    private func value(_ row: Int32, _ column: Int32) -> String? {
        guard PQgetisnull(handle, row, column) == 0, let start = PQgetvalue(handle, row, column)
        else { return nil }
        let length = Int(PQgetlength(handle, row, column))
        let bytes = UnsafeRawBufferPointer(start: start, count: length)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A part of an error or notice, by the letter that the protocol gives it.
    func field(_ letter: Character) -> String? {
        guard let code = letter.asciiValue else { return nil }
        return PQresultErrorField(handle, Int32(code)).map { text($0) }
    }
}

extension PostgresError {
    /// The error in a result, or, where the connection broke before there was one, libpq's word.
    init(_ result: Result?, connection: OpaquePointer, statement: String?, database: String) {
        // libpq words its own errors in two indented lines.
        let said = text(PQerrorMessage(connection)).split { $0.isWhitespace }
        self.init(
            result?.field("M") ?? said.joined(separator: " "), sqlstate: result?.field("C"),
            detail: result?.field("D"), hint: result?.field("H"), statement: statement,
            database: database, isConnectionFailure: PQstatus(connection) == CONNECTION_BAD)
        context = result?.field("W")
        schema = result?.field("s")
        table = result?.field("t")
        column = result?.field("c")
        constraint = result?.field("n")
    }
}
