import Replication

/// What is known of one row, for a person.
enum ExplainOutput {
    /// Longer rows are cut for a person; JSON has all of them.
    private static let longest = 2_000

    static func show(_ explanation: Explanation) {
        let key = explanation.key.map { "\($0.column) = \($0.value)" }.joined(separator: ", ")
        line("row", "\(Console.bold(explanation.table)) \(key), on \(explanation.node.name)")
        line("now", present(explanation))
        line(
            "version",
            explanation.version.map { words($0, explanation) }
                ?? "not known: no log entry names the row")
        for neighbour in explanation.neighbours { show(neighbour, explanation) }
        line("log", reach(explanation))
        for entry in explanation.entries { Console.print("    \(words(entry, explanation))") }
        more(explanation.moreEntries, "older entry", "older entries")
        let count = explanation.conflicts.count + explanation.moreConflicts
        line(
            "conflicts",
            count == 0 ? "none in the history" : "\(count) in the history, newest first")
        for contest in explanation.conflicts {
            Console.print("    \(words(contest, explanation))")
        }
        more(explanation.moreConflicts, "older conflict")
    }

    private static func line(_ word: String, _ text: String) {
        Console.print(word.padding(to: 12) + text)
    }

    private static func more(_ count: Int, _ one: String, _ many: String? = nil) {
        if count > 0 { Console.print("    and \(SyncOutput.counted(count, one, many))") }
    }

    private static func present(_ explanation: Explanation) -> String {
        switch (explanation.present, explanation.version?.action) {
        case (.there(let row), _):
            row.count <= longest
                ? row : "\(row.prefix(longest))... (\(row.count) characters; --json has them all)"
        case (.hidden(let why), _): "not shown: \(why)"
        case (.absent, "D"): "deleted"
        case (.absent, "T"): "not there: its table was emptied"
        case (.absent, nil):
            "not there: it never was, or its delete is older than what the log still names"
        case (.absent, _):
            "not there, though no delete is logged: something went past the capture triggers"
        }
    }

    private static let actions = [
        "I": "inserted", "U": "updated", "D": "deleted", "T": "emptied with its table (TRUNCATE)",
    ]

    /// `2026-11-21 05:27:45.323221+00  updated on server (2), came through server (2)`.
    private static func words(_ entry: Explanation.Entry, _ explanation: Explanation) -> String {
        let what = "\(actions[entry.action] ?? "changed") on \(named(entry.origin, explanation))"
        let way = entry.via.map { ", came through \(named($0, explanation))" } ?? ""
        guard entry.changedAt == "-infinity" else { return "\(entry.changedAt)  \(what)\(way)" }
        return entry.origin == 0
            ? "to be sent again, without a change of it\(way)"
            : "there before its changes were captured, on \(named(entry.origin, explanation))\(way)"
    }

    private static func named(_ number: Int, _ explanation: Explanation) -> String {
        "\(explanation.name(number)) (\(number))"
    }

    private static func show(_ neighbour: Explanation.Neighbour, _ explanation: Explanation) {
        let name = "\(neighbour.name) (\(neighbour.number))"
        switch neighbour.place {
        case _ where neighbour.isOutside:
            line("neighbour", "\(name) does not get it: it is outside the filter")
        case .level where explanation.version?.via == neighbour.number:
            line("neighbour", "\(name) has it: it came from there")
        case .level where explanation.version != nil || explanation.present != .absent:
            line("neighbour", "\(name) has been sent it")
        case .level: line("neighbour", "\(name): nothing is on its way there")
        case .pending:
            line(
                "neighbour",
                "\(name) has still to be sent it, as far as is known here: the next sync does")
        case .new: line("neighbour", "\(name) was never synced")
        }
        guard let waiting = neighbour.waiting else { return }
        let constraint = waiting.constraint.map { " (\($0))" } ?? ""
        line(
            "waiting",
            "since \(waiting.since), what \(name) has cannot be applied here: "
                + waiting.reason + constraint)
    }

    private static func reach(_ explanation: Explanation) -> String {
        let reach = explanation.reach
        var words = "captured since \(reach.capturedSince)"
        if let before = reach.purgedBefore {
            words += "; removed is what all neighbours had and is older than \(before)"
        }
        if reach.isCompacted {
            words += "; of a row that changed often, the newest entries alone may be left"
        }
        return words + (explanation.entries.isEmpty ? "; no entry names the row" : "")
    }

    /// `5972d5f1  2026-11-21 05:27:45  server (2) won over laptop (1) (newest)`.
    private static func words(
        _ contest: Explanation.Contest, _ explanation: Explanation
    ) -> String {
        var words =
            "\(contest.id.prefix(8))  \(contest.decidedAt)  \(named(contest.winner, explanation)) "
            + "won over \(named(contest.loser, explanation)) (\(contest.policy))"
        if let version = explanation.version, !contest.otherWon, contest.winner == version.origin,
            contest.winnerChangedAt == version.changedAt
        {
            words += ", with the present version"
        }
        if let claimed = contest.claimed, let other = contest.otherKey {
            words +=
                "; this row "
                + (contest.otherWon ? "lost \(claimed) to" : "won \(claimed) from") + " \(other)"
        }
        return words
    }
}
