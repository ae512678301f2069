import Postgres
import Replication

/// The second database of a command about an edge.
enum OtherSide {
    case here(Connection)
    /// It cannot be reached, for the reason given; the first database knows it as this neighbour.
    case away(Neighbour, PostgresError)

    /// - Throws: what the connection failed of, where it is nobody's name that the first one knows.
    init(_ database: String, knownTo first: Connection) throws {
        do {
            self = .here(try Connection(database))
        } catch let error as PostgresError where error.isConnectionFailure {
            let known = try Neighbour.all(first).filter {
                $0.service == database || $0.name == database
            }
            guard known.count == 1 else { throw error }
            self = .away(known[0], error)
        }
    }
}
