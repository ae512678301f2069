import Replication

/// The newest conflicts, each with both versions beside each other and what differs marked.
struct ReportConflicts {
    private let conflicts: [ConflictComparison]
    private let total: Int
    private let names: [Int: String]
    /// The newest lie open.
    private static let open = 10

    init(_ conflicts: [ConflictComparison], of status: Replication.Status?) {
        self.conflicts = conflicts
        total = status?.conflicts ?? conflicts.count
        names = status?.members ?? [:]
    }

    var html: HTML {
        guard !conflicts.isEmpty else { return "<p class=\"none\">None in the history.</p>" }
        let items = conflicts.enumerated().map { index, conflict in
            item(conflict, isOpen: index < Self.open)
        }
        return "\(items)\(ReportPage.more(total - conflicts.count, "older conflict"))"
    }

    private func item(_ comparison: ConflictComparison, isOpen: Bool) -> HTML {
        let conflict = comparison.conflict
        let (winner, loser) = (name(conflict.winner), name(conflict.loser))
        let about = "(\(conflict.policy), \(conflict.decidedAt) UTC, \(conflict.id.prefix(8)))"
        let claimed = conflict.claimed.map { claimed -> HTML in
            """
            <p class="note">The winner is another row, <code>\(conflict.winnerKey ?? "")</code>: both \
            claimed \(claimed).</p>
            """
        }
        return """
            <details class="conflict-item"\(isOpen ? " open" : "" as HTML)>
            <summary>\(conflict.table) <code>\(conflict.key)</code>: \(winner) won over \(loser) \
            <span>\(about)</span></summary>
            \(claimed ?? "")<div class="scroll"><table class="versions">
            <thead><tr><th>column</th><th>winner: \(winner), \(Self.time(conflict.winner))</th>\
            <th>loser: \(loser), \(Self.time(conflict.loser))</th></tr></thead>
            <tbody>
            \(rows(comparison))</tbody></table></div>\
            \(ReportPage.more(comparison.count - comparison.columns.count, "column"))
            </details>

            """
    }

    private func name(_ version: Conflict.Version) -> String {
        names[version.origin] ?? "node \(version.origin)"
    }

    private static func time(_ version: Conflict.Version) -> String {
        version.changedAt == "-infinity"
            ? "before its changes were captured" : String(version.changedAt.prefix(19))
    }

    private func rows(_ comparison: ConflictComparison) -> [HTML] {
        if comparison.isLarge {
            let command = "trompe conflicts DB show \(comparison.conflict.id.prefix(8))"
            return [
                """
                <tr><th>all</th><td colspan="2"><span class="null">too large to be shown here; see: \
                \(command)</span></td></tr>

                """
            ]
        }
        return comparison.columns.map { column in
            """
            <tr class="\(column.differs ? "differs" : "same")"><th>\(column.name)</th>\
            \(Self.cell(column.winner, "winner", isThere: comparison.winnerIsThere))\
            \(Self.cell(column.loser, "loser", isThere: comparison.loserIsThere))</tr>

            """
        }
    }

    private static func cell(
        _ value: ConflictComparison.Value?, _ side: String, isThere: Bool
    ) -> HTML {
        guard let value, let text = value.text else {
            let word = value != nil ? "NULL" : isThere ? "no such column" : "deleted"
            return "<td class=\"\(side)\"><span class=\"null\">\(word)</span></td>"
        }
        let rest: HTML =
            value.length > ConflictComparison.longest
            ? " <span class=\"null\">… (\(value.length) characters)</span>" : ""
        return "<td class=\"\(side) value\">\(text)\(rest)</td>"
    }
}
