import CLibPQ

/// A pooler, such as PgBouncer, between the agent and the server. One that lends a server's session for
/// as long as ours lasts is like a server. One that lends it for a transaction is not: settings, locks
/// and temporary tables would be left with sessions of other programs, and be gone from ours.
extension Connection {
    /// Finds out what kind of pooler it is, in our session as the server has made it: nothing was set.
    ///
    /// A second session looks whether ours is left alone, and while it holds a transaction open, ours
    /// must be where it was. In a pool that lends by transactions the second one is given what ours was
    /// not using just then; or, where another program was quicker, that program's statement is found in
    /// the place of ours, or ours is sent elsewhere.
    ///
    /// - Parameter connection: libpq's connection.
    /// - Returns: the number of the server process that is ours.
    func lentProcess(_ connection: OpaquePointer) throws -> Int {
        let mark = "trompe \(UInt64.random(in: 0 ... .max))"
        let process =
            try query(
                """
                select pg_catalog.pg_backend_pid() as process, \(literal: mark) as mark
                """
            ).first?.int("process") ?? 0
        let other: Connection
        do {
            other = try Connection(address.again(like: connection), isProbe: true)
        } catch let error as PostgresError {
            throw PostgresError(
                "there is a pooler before the server, and no second session to be had that would "
                    + "tell whether it keeps sessions apart: \(error.message)",
                hint: "give its pool room for two sessions of each agent, or connect to the server "
                    + "itself",
                database: label, isConnectionFailure: error.isConnectionFailure)
        }
        defer { other.close() }
        do {
            try other.script("begin")
            // Without track_activities there is no statement to see.
            let seen = try other.query(
                """
                select pg_catalog.strpos(query, \(literal: mark)) as place
                from pg_catalog.pg_stat_activity
                where pid = \(process)::int
                    and query <> ''
                """)
            let isElsewhere = try seen.contains { try $0.optionalInt("place") == 0 }
            if try isElsewhere || other.currentProcess() == process { throw sharedSession }
        } catch is PostgresError {
            // One that lends sessions for a statement lets no transaction begin.
            throw sharedSession
        }
        for _ in 0..<6 {
            if try currentProcess() != process { throw sharedSession }
        }
        return process
    }

    /// Refuses to go on with a transaction that a pooler has given to another session of the server's.
    /// Without a pooler nothing is asked.
    func checkLent() throws {
        guard isPooled, isInTransaction else { return }
        if try currentProcess() != backendPID { throw sharedSession }
    }

    private func currentProcess() throws -> Int {
        try query("select pg_catalog.pg_backend_pid() as process").first?.int("process") ?? 0
    }

    private var sharedSession: PostgresError {
        PostgresError(
            "a pooler before the server lends sessions for single transactions or statements",
            hint: "nothing was changed; connect to the server itself, or to a pool in session mode "
                + "(pool_mode = session)",
            database: label)
    }
}
