import Postgres

/// Whether every change of a node is captured.
enum Capture {
    /// Puts right what is safe to put right, and refuses where changes may have escaped. Returns a
    /// line for each thing mended. A dry run looks, and rolls back what it mended.
    static func verify(_ connection: Connection, isDryRun: Bool) throws -> [String] {
        var mended: [String] = []
        do {
            try connection.transaction {
                try connection.execute("set local lock_timeout = '10s'")
                let rows = try connection.query(
                    "select result, object, problem, hint from replication.verify()")
                var broken: [String] = []
                var hint = ""
                for row in rows {
                    let line = "\(try row.string("object")): \(try row.string("problem"))"
                    if try row.string("result") == "mended" {
                        mended.append("\(connection.label): \(line)")
                    } else {
                        broken.append(line)
                        hint = try row.optionalString("hint") ?? hint
                    }
                }
                guard broken.isEmpty else {
                    throw ReplicationError.captureBroken(
                        database: connection.label, problems: broken, hint: hint)
                }
                if isDryRun && !mended.isEmpty { throw OnlyLooked() }
            }
        } catch is OnlyLooked {
            return mended
        } catch let error as PostgresError
            where error.sqlstate == SQLState.insufficientPrivilege
        {
            throw ReplicationError.needsOwner(database: connection.label, reason: error.message)
        }
        return mended
    }

    /// Lets the capture of tables whose policy has just arrived follow it. A table that somebody holds
    /// is left for the next sync: changes of which nobody noted the columns count as changes of all.
    ///
    /// - Parameter rows: the answer to `outdated`.
    static func follow(_ rows: [Row], _ connection: Connection) throws {
        for row in rows {
            try connection.transaction {
                try connection.execute("set local lock_timeout = '2s'")
                try connection.execute(
                    "select replication.try_to_follow_policy(\(row.int("relation"))::int)")
            }
        }
    }

    /// The tables whose capture does not follow their policy yet.
    static let outdated: SQL = "select relation from replication.outdated_capture"

    private struct OnlyLooked: Error {}
}
