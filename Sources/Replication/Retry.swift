import Postgres

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Which failures of a direction are worth another try, decided by SQLSTATE, and how long to wait.
enum Retry {
    /// Whether to begin again after an error, `retries` times having been tried before, of at most
    /// `limit`.
    static func isWorthwhile(
        _ error: any Error, after retries: Int, limit: Int
    ) -> Bool {
        switch error {
        case let error as PostgresError:
            retries < limit
                && [
                    SQLState.serializationFailure, SQLState.deadlockDetected,
                    SQLState.lockNotAvailable,
                ].contains(error.sqlstate)
        case ReplicationError.tooBusy:
            retries < limit
        default:
            false
        }
    }

    /// Waits a little, and longer each time: 0.1 seconds, 0.2, 0.4, ...
    static func wait(after retries: Int) {
        usleep(UInt32(100_000 << retries))
    }
}
