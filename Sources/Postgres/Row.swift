/// A row of a result: values by the names of their columns.
///
/// A missing column, a NULL where none was expected and a value of another type are errors, so that
/// a statement and the code that reads its rows cannot drift apart in silence.
public struct Row: Sendable {
    /// What the rows of one result have in common.
    final class Shape: Sendable {
        let columns: [String: Int]
        let statement: String
        let database: String

        init(columns: [String], statement: String, database: String) {
            let numbered = zip(columns, columns.indices)
            self.columns = Dictionary(numbered, uniquingKeysWith: { first, _ in first })
            self.statement = statement
            self.database = database
        }
    }

    let shape: Shape
    let values: [String?]

    /// The text of a column. Of columns with one name, the first.
    public func string(_ column: String) throws -> String {
        try required(column, optionalString(column))
    }

    /// The whole number in a column.
    public func int(_ column: String) throws -> Int {
        try required(column, optionalInt(column))
    }

    /// The whole number in a column.
    public func int64(_ column: String) throws -> Int64 {
        try required(column, optionalInt64(column))
    }

    /// The truth value in a column.
    public func bool(_ column: String) throws -> Bool {
        try required(column, optionalBool(column))
    }

    /// The text of a column; nil is NULL.
    public func optionalString(_ column: String) throws -> String? {
        guard let index = shape.columns[column] else {
            throw failure("the result has no column \"\(column)\"")
        }
        return values[index]
    }

    /// The whole number in a column; nil is NULL.
    public func optionalInt(_ column: String) throws -> Int? {
        try converted(column, "a whole number") { Int($0) }
    }

    /// The whole number in a column; nil is NULL.
    public func optionalInt64(_ column: String) throws -> Int64? {
        try converted(column, "a whole number") { Int64($0) }
    }

    /// The truth value in a column; nil is NULL.
    public func optionalBool(_ column: String) throws -> Bool? {
        try converted(column, "a truth value") { ["t": true, "f": false][$0] }
    }

    /// The elements of an array column, which may be of any type but has one dimension and no NULL.
    public func strings(_ column: String) throws -> [String] {
        try required(
            column,
            converted(column, "an array without NULL") { text in
                guard let elements = parseArrayLiteral(text) else { return nil }
                let known = elements.compactMap { $0 }
                return known.count == elements.count ? known : nil
            })
    }

    /// The elements of an array of whole numbers, without NULL.
    public func ints(_ column: String) throws -> [Int] {
        try strings(column).map { element in
            guard let number = Int(element) else {
                throw failure("column \"\(column)\" is not an array of whole numbers")
            }
            return number
        }
    }

    private func converted<T>(
        _ column: String, _ kind: String, _ convert: (String) -> T?
    ) throws -> T? {
        guard let text = try optionalString(column) else { return nil }
        guard let value = convert(text) else {
            throw failure("column \"\(column)\" is not \(kind)")
        }
        return value
    }

    private func required<T>(_ column: String, _ value: T?) throws -> T {
        guard let value else { throw failure("column \"\(column)\" is NULL") }
        return value
    }

    private func failure(_ message: String) -> PostgresError {
        PostgresError(message, statement: shape.statement, database: shape.database)
    }
}
