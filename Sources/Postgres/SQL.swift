/// A statement as a value: text with its bind parameters apart from it.
///
/// Written as a string in which `\(value)` becomes a bind parameter, so that the short spelling is
/// the safe one and text that is put into the statement itself needs a louder one:
///
///     let sql: SQL = "select * from \(id: [schema, table]) where key = \(key)"
///
/// It is a value and knows no connection: the functions that decide which statements a direction
/// runs return it, and are tested without a server.
public struct SQL: Sendable, Hashable, ExpressibleByStringInterpolation {
    /// One part of a statement. Kept apart rather than as text with `$1` in it, so that statements
    /// can be nested without renumbering text, where a `$1` may stand inside a literal.
    enum Piece: Sendable, Hashable {
        case text(String)
        case parameter(String?)
    }

    var pieces: [Piece]

    /// A statement of raw text, without parameters.
    public init(raw text: String = "") {
        pieces = text.isEmpty ? [] : [.text(text)]
    }

    /// A statement of raw text, without parameters.
    public init(stringLiteral text: String) {
        self.init(raw: text)
    }

    /// The statement that an interpolated string stands for.
    public init(stringInterpolation: StringInterpolation) {
        pieces = stringInterpolation.pieces
    }

    /// What is sent to the server: the parameters stand as `$1`, `$2`, ... in order.
    public var text: String {
        var number = 0
        return pieces.map { piece in
            switch piece {
            case .text(let text): return text
            case .parameter:
                number += 1
                return "$\(number)"
            }
        }.joined()
    }

    /// The values of `$1`, `$2`, ... in PostgreSQL's text format; nil is NULL.
    public var parameters: [String?] {
        pieces.compactMap { piece in
            if case .parameter(let value) = piece { .some(value) } else { nil }
        }
    }

    /// Two statements, one after the other, with the parameters of both.
    public static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.pieces += right.pieces
        return sum
    }

    /// Puts a statement at the end of this one.
    public static func += (left: inout SQL, right: SQL) {
        left.pieces += right.pieces
    }

    /// Collects the pieces of an interpolated string.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var pieces: [Piece] = []

        /// Begins an empty statement.
        public init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(2 * interpolationCount + 1)
        }

        /// The text between the interpolations.
        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { pieces.append(.text(literal)) }
        }

        /// `\(value)`: a bind parameter.
        public mutating func appendInterpolation(_ value: some SQLValue) {
            pieces.append(.parameter(value.parameterText))
        }

        /// `\(value)` of an optional: by itself, lest the compiler take it for one forgotten.
        public mutating func appendInterpolation<Value: SQLValue>(_ value: Value?) {
            pieces.append(.parameter(value.parameterText))
        }

        /// `\(SQL)`: another statement with its parameters.
        public mutating func appendInterpolation(_ statement: SQL) {
            pieces += statement.pieces
        }

        /// `\(raw: text)`: the text as it is. Never for anything that a user or a database says.
        public mutating func appendInterpolation(raw text: String) {
            appendLiteral(text)
        }

        /// `\(id: name)`: one identifier, quoted.
        public mutating func appendInterpolation(id name: String) {
            appendLiteral(quoteIdentifier(name))
        }

        /// `\(id: [schema, name])`: a qualified name, each part quoted.
        public mutating func appendInterpolation(id names: [String]) {
            appendLiteral(names.map(quoteIdentifier).joined(separator: "."))
        }

        /// `\(literal: text)`: a quoted string, for statements that take no parameters (COPY, DDL).
        public mutating func appendInterpolation(literal text: String) {
            appendLiteral(quoteLiteral(text))
        }
    }
}

extension [SQL] {
    /// The statements with a raw separator between them: lists of columns, of values, conditions.
    public func joined(separator: String) -> SQL {
        var result = SQL()
        for (index, element) in enumerated() {
            if index > 0 { result += SQL(raw: separator) }
            result += element
        }
        return result
    }
}
