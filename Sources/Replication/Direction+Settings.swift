import Postgres

/// Code of the target's users runs while a direction applies rows: triggers that are ENABLE ALWAYS or
/// REPLICA, CHECK constraints, expressions of indexes, functions of policies. It can do what the
/// agent's role can; but it must not change in passing what the agent's next statements mean.
extension Direction {
    /// The role, and the role of the session: `replica`, in which nothing is captured.
    private static let others = ["role", "session_authorization", "session_replication_role"]

    /// What the settings are before such code has run.
    func settings() throws -> [String: String] { try target.pinnedSettings(and: Self.others) }

    /// Refuses to commit where a setting is no longer what it was.
    func checkSettings(_ before: [String: String], works: [Work]) throws {
        // Constraint triggers that wait for the end run first.
        let after = try target.pinnedSettings(
            and: Self.others, after: ["set constraints all immediate"])
        let changed = before.keys.filter { before[$0] != after[$0] }.sorted()
        guard !changed.isEmpty else { return }
        throw ReplicationError.settingsChanged(
            database: target.label, settings: changed, tables: works.map(\.table.target.fullName))
    }
}
