extension Model {
    /// The protocol without one of its rules. The checker is worth something only if it notices.
    enum Variant: String, CaseIterable {
        /// Via is ignored in what is pending: changes go back to where they came from.
        case echo
        /// One edge more than a tree has.
        case cycle
        /// Both watermarks are written with the first direction, before the second has committed.
        case doneTooEarly
        /// Pending is what has a higher xid than the last one seen.
        case lastXid
        /// The loser of a conflict is overwritten without a record.
        case unrecorded
        /// The target's entries of a key stay when the source's row wins.
        case noSupersede
        /// Only those of the target's entries that are pending for the source are superseded.
        case supersedePendingOnly
        /// As `supersedePendingOnly`, but an older winner at the target is logged under a new name.
        case rename
        /// A direction leaves the target's clock where it was.
        case unraisedClock
        /// A truncate brings only what is pending, not the target's own rows that survived it.
        case truncateForgetsEcho
        /// A key that came from the target before the source's truncate is not contested by it.
        case truncateSparesEcho
        /// A truncate travels on as an event although rows of the target survived it, which are
        /// logged anew for neighbours that had them first.
        case truncateTravels
        /// A pending truncate of the target contests also the rows that survived it there.
        case truncateDeniesSurvivors
        /// A delete of a row that the target does not have is logged there all the same, although
        /// nothing can be locked against a user who is just inserting it.
        case absentLogged
        /// A row that is equal on both sides is logged under its newer name without being locked.
        case equalUnlocked
        /// What a new edge lacks is logged for every neighbour, not for the new one alone.
        case mergeForAll
        /// What could not be applied is not asked for again.
        case quarantineForgotten
        /// A key comes back from a node that holds the source's row in quarantine, and is not
        /// contested, as the watermark says that the node has seen that row.
        case notBlind
        /// Such a key is contested even by what came through that node itself.
        case blindToOwn
        /// Such a key is not contested by a row that no log entry names.
        case blindToUnlogged
        /// What is asked for again has the name that was noted first.
        case notedName
        /// A key is asked for again although its newest change at the source came from the target.
        case askedInVain
        /// What the target keeps in the face of another key's claim is told to the source alone,
        /// although its own change of the key was pending for others.
        case deniedUntold
        /// What is asked for again lends its name to an equal row.
        case quarantineNames
        /// The target's row is not told to the source where a first direction could not apply the
        /// source's.
        case firstHeldUntold
        /// The target commits its watermark before the source has committed the mark.
        case offerAfterCommit
        /// Marks are not compared.
        case restoreUnnoticed
        /// A file is carried out although its source has taken more from the target since.
        case staleFiles
        /// Foreign keys are not looked at.
        case orphans
        /// A graft sends what came through the dead node although the other side has seen it.
        case graftSendsAll
        /// A graft sends nothing of what came through the dead node.
        case graftSendsOwn
        /// A graft looks only into the other side's log for what that has seen.
        case graftUnmet
        /// A graft sends what the dead node had not heard of, whatever it had passed on.
        case graftFromDead
        /// A graft does not ask whether the log was purged since.
        case graftPurged
        /// A graft does not look for rows that differ although nothing is pending of them.
        case graftUntold
    }
}
