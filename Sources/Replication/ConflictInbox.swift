import Postgres

/// What a person can do about conflicts that are decided: put back what lost, or let go of old ones.
extension Conflict {
    /// One column of a row that is not as the conflict left it; the values as PostgreSQL writes them.
    public struct Difference: Sendable, Hashable {
        /// Its name.
        public let column: String
        /// What the conflict left there; nil is NULL, or that the row was deleted. Not known of a
        /// conflict between rows of two keys: nil.
        public let winner: String?
        /// What is there now; nil is NULL, or that there is no row.
        public let present: String?
        /// What lost; nil is NULL, or that it was deleted.
        public let loser: String?
    }

    /// What a restoration did.
    public enum Outcome: String, Sendable {
        case inserted
        case updated
        case deleted
        /// The row was so already.
        case unchanged
        /// The row has moved on since the conflict; nothing was changed.
        case refused
    }

    /// A restoration, and how the row had moved on since the conflict.
    public struct Restoration: Sendable, Hashable {
        /// What was done.
        public let outcome: Outcome
        /// Columns that were not as the conflict had left them; none where the row was.
        public let differences: [Difference]
    }

    private struct Refused: Error {}

    /// Puts the version that lost back, as a change that this session's user makes: triggers and
    /// constraints have their say, and it replicates like any other.
    ///
    /// - Parameters:
    ///   - connection: takes back the user's own settings in place of an agent's.
    ///   - isForced: also where the row has moved on, or not all of it can be put back.
    /// - Throws: `ReplicationError.notRestorable` where a constraint or a value prevents it.
    public func restore(_ connection: Connection, isForced: Bool = false) throws -> Restoration {
        try connection.script("reset all; set lock_timeout = '10s'")
        var differences: [Difference] = []
        do {
            let outcome = try connection.transaction { () -> String? in
                differences = try self.differences(connection)
                return try put(connection, isForced: isForced)
            }
            return Restoration(
                outcome: outcome.flatMap(Outcome.init) ?? .unchanged, differences: differences)
        } catch is Refused {
            return Restoration(outcome: .refused, differences: differences)
        } catch let error as PostgresError where error.isAboutValues {
            throw ReplicationError.notRestorable(
                database: connection.label, id: String(id.prefix(8)), table: table,
                reason: error.message + (error.detail.map { "; \($0)" } ?? ""),
                isParentMissing: error.sqlstate == SQLState.foreignKeyViolation && loser.row != nil,
                hasChildren: error.sqlstate == SQLState.foreignKeyViolation && loser.row == nil)
        }
    }

    private func put(_ connection: Connection, isForced: Bool) throws -> String? {
        do {
            let rows = try connection.query(
                "select replication.restore(\(id)::uuid, \(isForced)::boolean) as outcome")
            return try rows.first?.optionalString("outcome")
        } catch let error as PostgresError where error.sqlstate == SQLState.wrongState {
            throw Refused()
        }
    }

    private func differences(_ connection: Connection) throws -> [Difference] {
        try connection.query(
            """
            select column_name, winner, present, loser
            from replication.conflict_columns(\(id)::uuid)
            where moved
                and case
                    when \(winnerKey != nil) then loser is distinct from present
                    else winner is distinct from present
                end
            """
        ).map { row in
            Difference(
                column: try row.string("column_name"), winner: try row.optionalString("winner"),
                present: try row.optionalString("present"), loser: try row.optionalString("loser"))
        }
    }

    /// Removes old conflicts from the history of this node, and of no other.
    ///
    /// - Parameter age: what was decided longer ago goes: an interval as PostgreSQL reads it, with its
    ///   unit, as a bare number would be one of seconds.
    /// - Returns: how many went, and how many stay although they are as old, because a neighbour has
    ///   still to be told of them.
    /// - Throws: `ReplicationError.unreadable` where `age` is none.
    public static func prune(
        _ connection: Connection, olderThan age: String
    ) throws -> (pruned: Int, kept: Int) {
        guard Double(age) ?? 0 == 0 else {
            throw ReplicationError.unreadable(
                database: connection.label, text: age, what: "age")
        }
        return try reading(age, as: "age", connection) {
            try connection.transaction {
                try connection.execute("set local lock_timeout = '10s'")
                let rows = try connection.query(
                    "select pruned, kept from replication.prune(\(age)::interval)")
                return (try rows.first?.int("pruned") ?? 0, try rows.first?.int("kept") ?? 0)
            }
        }
    }
}

extension PostgresError {
    /// Whether a value could not be read or did not satisfy a constraint.
    fileprivate var isAboutValues: Bool {
        sqlstate.map { $0.hasPrefix("22") || $0.hasPrefix("23") } ?? false
    }
}
