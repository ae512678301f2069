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
        } catch var error as PostgresError
            where error.isConnectionFailure || error.sqlstate == SQLState.undefinedDatabase
        {
            let known = try Neighbour.all(first).filter {
                $0.service == database || $0.name == database
            }
            guard known.count == 1 else {
                if error.hint == nil { error.hint = try Self.hint(first) }
                throw error
            }
            self = .away(known[0], error)
        }
    }

    /// How a neighbour is named that has no other name any more.
    private static func hint(_ first: Connection) throws -> String? {
        let neighbours = try Neighbour.all(first).map { "--node \($0.number) (\($0.name))" }
        guard !neighbours.isEmpty else { return nil }
        return "try again later, or correct the name; a neighbour of \(first.label) that is no "
            + "more is named by its number: \(neighbours.joined(separator: ", "))"
    }
}
