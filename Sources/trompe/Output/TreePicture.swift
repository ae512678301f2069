import Replication

/// A tree drawn with lines: a line for each node, and beside each edge what is on its way over it. An
/// arrow down leads away from the node that was asked first.
struct TreePicture {
    private(set) var lines: [String] = []

    /// Draws it.
    init(_ tree: Survey.Branch) {
        lines = [node(tree.member)]
        draw(tree, indent: "")
    }

    private mutating func draw(_ branch: Survey.Branch, indent: String) {
        for (index, child) in branch.branches.enumerated() {
            let isLast = index == branch.branches.count - 1
            for line in label(from: branch.member, to: child) {
                lines.append(indent + "│  " + line)
            }
            lines.append(indent + (isLast ? "└─ " : "├─ ") + node(child.member))
            draw(child, indent: indent + (isLast ? "   " : "│  "))
        }
    }

    private func node(_ member: Survey.Member) -> String {
        var words = "\(Console.bold(member.name)) (node \(member.number)"
        if let status = member.status { words += " of at most \(status.node.modulus)" }
        words += member.service.map { ", service \($0))" } ?? ")"
        if let problem = member.problem {
            return words + ": " + Console.red("no answer: \(problem)")
        }
        guard let status = member.status else { return words }
        let waiting = status.neighbours.reduce(0) { $0 + $1.waiting }
        return words + ": " + SyncOutput.counted(status.tables, "replicated table") + ", "
            + SyncOutput.counted(status.conflicts, "conflict") + " in the history"
            + (waiting == 0
                ? "" : ", " + Console.red("\(SyncOutput.counted(waiting, "row")) waiting"))
    }

    /// What stands beside an edge; nothing where neither end was asked.
    private func label(from upper: Survey.Member, to branch: Survey.Branch) -> [String] {
        guard let edge = branch.edge, !edge.views.isEmpty else { return [] }
        let lower = branch.member
        let down = edge.views[upper.identity]
        let up = edge.views[lower.identity]
        if down?.isNew ?? true, up?.isNew ?? true { return ["never synced: everything is pending"] }
        let ways = "↓ \(pending(down, at: upper))   ↑ \(pending(up, at: lower))"
        let clocks = (down ?? up)?.clockSkew.map {
            ", " + clock($0, of: down == nil ? upper : lower, than: down == nil ? lower : upper)
        }
        return [ways, age(down, up) + (clocks ?? "")]
    }

    private func pending(_ view: Replication.Status.Edge?, at member: Survey.Member) -> String {
        guard let view else {
            return member.problem == nil ? "\(member.name) was not asked" : "not known"
        }
        let isGuess = !view.pending.isConfirmed && !view.isNew && view.pending.rows > 0
        return StatusOutput.pending(view) + (isGuess ? " as far as \(member.name) knows" : "")
    }

    /// When a sync last came to its end. A direction notes it at its target, so that the two ways can
    /// differ: by much only where the second one failed, or was not wanted.
    private func age(_ down: Replication.Status.Edge?, _ up: Replication.Status.Edge?) -> String {
        // What went down is known below.
        let (arrivedDown, arrivedUp) = (up?.lastSync, down?.lastSync)
        if up != nil, down != nil,
            abs((arrivedDown?.epoch ?? 0) - (arrivedUp?.epoch ?? 0)) > 600
        {
            return "last sync ↓ \(age(arrivedDown)), ↑ \(age(arrivedUp))"
        }
        guard let last = arrivedDown ?? arrivedUp else { return "never synced" }
        return "last sync \(age(last)), \(last.text) UTC"
    }

    private func age(_ moment: LastSync.Moment?) -> String {
        moment.map { LastSync.age(seconds: $0.secondsAgo) } ?? "never"
    }

    private func clock(
        _ skew: ClockSkew, of one: Survey.Member, than other: Survey.Member
    ) -> String {
        guard !skew.isWithinError else {
            return "clocks level to \(ClockSkew.rounded(max(skew.error, 0.01))) s"
        }
        let words = "the clock of \(one.name) \(skew.inWords) that of \(other.name)"
        return skew.isTooLarge ? Console.red(words) : words
    }
}
