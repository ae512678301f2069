/// What the server, or libpq in its stead, said went wrong.
///
/// Carries the text of the statement but never its parameters: errors end in logs, rows must not.
/// (A server's own message or detail may quote a value, as in `Key (id)=(5) already exists`.)
/// What to do about an error follows from `sqlstate` and `isConnectionFailure`, never from words.
public struct PostgresError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The five characters of the SQLSTATE (see `SQLState`); nil if no server said it.
    public var sqlstate: String?
    /// What happened, in one line.
    public var message: String
    /// More about it, as the server said it.
    public var detail: String?
    /// What to do about it.
    public var hint: String?
    /// Where it happened: functions and COPY lines, innermost first.
    public var context: String?
    /// The constraint that was violated.
    public var constraint: String?
    /// The schema of the table concerned.
    public var schema: String?
    /// The table concerned.
    public var table: String?
    /// The column concerned.
    public var column: String?
    /// The statement's text, with `$1` where a parameter stood.
    public var statement: String?
    /// The label of the connection on which it happened.
    public var database: String
    /// Whether the server could not be reached or the connection was lost: the statement may be
    /// tried again on a new connection, some time. A refused password or a database that is not
    /// there is none, because waiting does not help.
    public var isConnectionFailure: Bool

    /// An error; what is left out is not known. A SQLSTATE of a lost connection makes it one.
    public init(
        _ message: String, sqlstate: String? = nil, detail: String? = nil, hint: String? = nil,
        statement: String? = nil, database: String, isConnectionFailure: Bool = false
    ) {
        self.message = message
        self.sqlstate = sqlstate
        self.detail = detail
        self.hint = hint
        self.statement = statement
        self.database = database
        let saysState = sqlstate.map(SQLState.isConnectionFailure) ?? false
        self.isConnectionFailure = isConnectionFailure || saysState
    }

    /// Whether the same statement may well succeed some time later: the server cannot be reached or
    /// is full, or another session is in the way.
    public var isPassing: Bool {
        isConnectionFailure
            || [
                SQLState.lockNotAvailable, SQLState.deadlockDetected,
                SQLState.serializationFailure, SQLState.tooManyConnections,
            ].contains(sqlstate)
    }

    /// The message in one line, with the database before it and the SQLSTATE behind it.
    public var summary: String {
        let line = message.split { $0.isNewline }.first.map(String.init) ?? ""
        return "\(database): \(line)" + (sqlstate.map { " (\($0))" } ?? "")
    }

    /// The message, with the database before it, and a line for each thing more that is known.
    public var description: String {
        var lines = ["\(database): \(message)" + (sqlstate.map { " (\($0))" } ?? "")]
        if let detail { lines.append("detail: \(detail)") }
        if let hint { lines.append("hint: \(hint)") }
        if let context { lines.append("context: \(context)") }
        if let statement { lines.append("statement: \(Self.shortened(statement))") }
        return lines.joined(separator: "\n")
    }

    /// Generated statements can be pages long; their beginning says which one it is.
    private static func shortened(_ statement: String) -> String {
        let limit = 500
        guard
            let end = statement.index(
                statement.startIndex, offsetBy: limit, limitedBy: statement.endIndex),
            end < statement.endIndex
        else { return statement }
        return statement[..<end] + " ..."
    }
}
