/// The SQLSTATE codes that decide something, by the names of the manual's appendix A.
public enum SQLState {
    /// 08006: the connection broke.
    public static let connectionFailure = "08006"
    /// 22023: an option or a setting has no such value, or there is no such option.
    public static let invalidParameterValue = "22023"
    /// 22P02: a text that is no value of its type.
    public static let invalidTextRepresentation = "22P02"
    /// 23502: NULL where none may be.
    public static let notNullViolation = "23502"
    /// 23503: a foreign key points at nothing.
    public static let foreignKeyViolation = "23503"
    /// 23505: a unique key twice.
    public static let uniqueViolation = "23505"
    /// 23514: a CHECK constraint is false.
    public static let checkViolation = "23514"
    /// 23P01: an exclusion constraint is false.
    public static let exclusionViolation = "23P01"
    /// 25006: a write in a read-only transaction.
    public static let readOnlyTransaction = "25006"
    /// 25P02: the transaction has failed and takes nothing but ROLLBACK.
    public static let inFailedTransaction = "25P02"
    /// 28000: the role may not connect.
    public static let invalidAuthorization = "28000"
    /// 28P01: a wrong password.
    public static let invalidPassword = "28P01"
    /// 3D000: no such database.
    public static let undefinedDatabase = "3D000"
    /// 3F000: no such schema.
    public static let undefinedSchema = "3F000"
    /// 40001: try the transaction again.
    public static let serializationFailure = "40001"
    /// 40P01: try the transaction again.
    public static let deadlockDetected = "40P01"
    /// 42501: the role may not do that.
    public static let insufficientPrivilege = "42501"
    /// 42601: no SQL.
    public static let syntaxError = "42601"
    /// 42703: no such column.
    public static let undefinedColumn = "42703"
    /// 42704: no such object.
    public static let undefinedObject = "42704"
    /// 42710: the object is there already.
    public static let duplicateObject = "42710"
    /// 42883: no such function or operator.
    public static let undefinedFunction = "42883"
    /// 42P01: no such table.
    public static let undefinedTable = "42P01"
    /// 42P07: the table is there already.
    public static let duplicateTable = "42P07"
    /// 53300: no connection left.
    public static let tooManyConnections = "53300"
    /// 55000: not in this state of the object.
    public static let wrongState = "55000"
    /// 55P03: a lock was not to be had in time.
    public static let lockNotAvailable = "55P03"
    /// 57014: cancelled by a person or a timeout.
    public static let queryCanceled = "57014"
    /// 57P01: the server is shutting down, or somebody ended this session.
    public static let adminShutdown = "57P01"
    /// 57P02: the server crashed.
    public static let crashShutdown = "57P02"
    /// 57P03: the server is starting up or shutting down.
    public static let cannotConnectNow = "57P03"

    /// 42701: the column is there already.
    public static let duplicateColumn = "42701"
    /// 42723: the function is there already.
    public static let duplicateFunction = "42723"
    /// 42P06: the schema is there already.
    public static let duplicateSchema = "42P06"
    /// 42P16: a table that cannot be so, as one with two primary keys.
    public static let invalidTableDefinition = "42P16"

    /// Whether the code says that something is there already, or is not there.
    public static func isOfPresence(_ state: String?) -> Bool {
        [
            duplicateColumn, duplicateFunction, duplicateSchema, duplicateObject, duplicateTable,
            invalidTableDefinition, undefinedColumn, undefinedFunction, undefinedObject,
            undefinedSchema, undefinedTable,
        ].contains(state)
    }

    /// Whether the code says that the connection, not the statement, is the matter.
    static func isConnectionFailure(_ state: String) -> Bool {
        state.hasPrefix("08") || [adminShutdown, crashShutdown, cannotConnectNow].contains(state)
    }
}
