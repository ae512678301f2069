import Postgres

/// Code of the target's users runs while a direction applies rows: triggers that are ENABLE ALWAYS or
/// REPLICA, CHECK constraints, expressions of indexes, functions of policies. It can do what the
/// agent's role can; but it must not change in passing what the agent's next statements mean.
extension Direction {
    /// The role, and the role of the session: `replica`, in which nothing is captured.
    private static let others = ["role", "session_authorization", "session_replication_role"]

    /// Asks what the settings are.
    var settingsQuestion: SQL { target.pinnedSettings(and: Self.others) }

    /// The same at the end: constraint triggers that wait for it run first.
    var settingsAtEnd: [SQL] { ["set constraints all immediate", settingsQuestion] }

    /// Refuses to commit where a setting is no longer what it was.
    ///
    /// - Parameters:
    ///   - before: the answer to `settingsQuestion` before code of users could run.
    ///   - answers: those to statements that end with `settingsAtEnd`.
    func checkSettings(_ before: [Row], _ answers: [[Row]], works: [Work]) throws {
        let before = try Connection.settings(in: before)
        let after = try Connection.settings(in: answers.last ?? [])
        let changed = before.keys.filter { before[$0] != after[$0] }.sorted()
        guard !changed.isEmpty else { return }
        throw ReplicationError.settingsChanged(
            database: target.label, settings: changed, tables: works.map(\.table.target.fullName))
    }
}
