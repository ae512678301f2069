import CLibPQ

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Strings laid out as C wants them, for the length of one call.
final class CStrings {
    private var copies: [UnsafeMutablePointer<CChar>?] = []

    /// Fails where a string has a NUL byte: C would take the string to end there, and another
    /// name or value than the one meant would reach the server.
    init(_ strings: [String?], database: String, statement: String? = nil) throws {
        for string in strings {
            let copy = string.flatMap { strdup($0) }
            copies.append(copy)
            let length = copy.map { strlen($0) }
            guard length == string?.utf8.count else {
                throw PostgresError(
                    "a name, value or statement has a NUL byte, which PostgreSQL cannot hold",
                    statement: statement, database: database)
            }
        }
    }

    deinit {
        for copy in copies { free(copy) }
    }

    /// The strings as an array of pointers, ended by a null pointer as some functions need it.
    func withPointers<T>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> T) rethrows -> T {
        let pointers = copies.map { $0.map { UnsafePointer($0) } } + [nil]
        return try pointers.withUnsafeBufferPointer { buffer in
            // An array with the null pointer in it is never empty, so the address is there.
            guard let base = buffer.baseAddress else { preconditionFailure("empty array") }
            return try body(base)
        }
    }
}

/// The text of a C string without the line ends that libpq puts behind its messages.
func text(_ pointer: UnsafePointer<CChar>?) -> String {
    guard let pointer else { return "" }
    var scalars = String(cString: pointer).unicodeScalars[...]
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return String(scalars)
}
