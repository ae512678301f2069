import Postgres

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Which failures of a direction are worth another try, decided by SQLSTATE, and how long to wait
/// before it.
struct Retry {
    /// How often a direction begins again at most.
    let limit: Int
    /// How often it has.
    private(set) var count = 0
    private var lockWaits = 0

    init(limit: Int) { self.limit = limit }

    /// How long an attempt waits for a lock, of the time that the user gives for it: half of it.
    /// The other half belongs to a second attempt, as the first one lets go of its own locks, for
    /// which somebody may be waiting. Milliseconds.
    static func lockTimeout(_ options: SyncOptions) -> Int {
        options.retryLimit > 0
            ? max(1, options.lockTimeoutMilliseconds / 2) : options.lockTimeoutMilliseconds
    }

    /// Whether to begin again after an error.
    mutating func isWorthwhile(_ error: any Error) -> Bool {
        guard count < limit, isPassing(error) else { return false }
        count += 1
        return true
    }

    private mutating func isPassing(_ error: any Error) -> Bool {
        switch error {
        case let error as PostgresError where error.sqlstate == SQLState.lockNotAvailable:
            lockWaits += 1
            return lockWaits == 1
        case let error as PostgresError:
            return [SQLState.serializationFailure, SQLState.deadlockDetected]
                .contains(error.sqlstate)
        case ReplicationError.tooBusy:
            return true
        default:
            return false
        }
    }

    /// Waits a little, and longer each time: 0.1 seconds, 0.2, 0.4, ...
    static func wait(after retries: Int) {
        usleep(UInt32(100_000 << retries))
    }

    /// The error that led to it, in one line.
    static func summary(_ error: any Error) -> String {
        switch error {
        case let error as PostgresError: error.summary
        case let error as ReplicationError:
            error.message.split(separator: "\n").first.map(String.init) ?? ""
        default: "\(error)"
        }
    }
}
