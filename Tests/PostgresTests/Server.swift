import Postgres
import Testing

/// One server for all tests that need no server of their own.
enum Server {
    static let shared = Swift.Result { try ThrowawayCluster() }

    /// A connection to a database in which tests make only temporary tables.
    static func connect(label: String? = "db") throws -> Connection {
        try Connection(shared.get().conninfo(), label: label)
    }
}

/// The error of the body, which must be one of the server or of libpq.
func failure(_ body: () throws -> Void) throws -> PostgresError {
    try #require(#expect(throws: PostgresError.self) { try body() })
}
