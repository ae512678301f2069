import Postgres
import Replication

extension PostgresError {
    /// The same error of a database that cannot be reached, with since when it has not been synced,
    /// as the node at the other end of the edge remembers it.
    ///
    /// - Parameters:
    ///   - database: what the user called the database.
    ///   - other: the other end, where that can be reached.
    func withLastSync(of database: String, knownTo other: Connection?) -> PostgresError {
        guard isConnectionFailure, let other, other.isAlive, !other.isInTransaction else {
            return self
        }
        do {
            let all = try LastSync.all(other)
            let named = all.filter { $0.service == database }
            let words = (named.isEmpty ? all : named).map { last in
                all.count == 1 || !named.isEmpty ? last.words : "\(last.name) \(last.words)"
            }
            guard !words.isEmpty else { return self }
            var error = self
            error.message += "; " + words.joined(separator: ", ")
            return error
        } catch {
            // What it would say is no more than a help.
            return self
        }
    }
}

extension LastSync {
    /// `last synced 2026-11-20 18:03:12 UTC (12 hours ago)`.
    var words: String {
        guard let at else { return "never synced" }
        return "last synced \(at) UTC (\(Self.age(seconds: secondsAgo)))"
    }

    /// In the largest unit of which there are two at least, or in seconds.
    static func age(seconds: Int) -> String {
        let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")]
        let (size, name) = units.first { seconds >= 2 * $0.0 } ?? (1, "second")
        return SyncOutput.counted(max(0, seconds) / size, name) + " ago"
    }
}
