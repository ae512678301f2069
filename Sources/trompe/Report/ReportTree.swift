import Replication

/// The tree drawn from left to right: a box for each node, and on each edge what is on its way.
struct ReportTree {
    /// Larger trees are cut: nobody could read them.
    private static let mostNodes = 200
    private static let box = (width: 190.0, height: 58.0)
    private static let gap = 190.0
    private static let step = 100.0

    /// A node in its place.
    private struct Spot {
        let branch: Survey.Branch
        let x: Double
        let y: Double
    }

    private var nodes: [HTML] = []
    private var edges: [HTML] = []
    private var width = 0.0
    private var nextY = 8.0
    private var left = 0

    /// Draws all trees of what was asked, one below the other.
    init(_ survey: Survey) {
        for tree in survey.trees { _ = place(tree, depth: 0) }
    }

    var html: HTML {
        let (width, height) = (width + 8, nextY)
        return """
            <div class="scroll"><svg role="img" aria-label="the tree of nodes" width="\(width)" \
            height="\(height)" viewBox="0 0 \(width) \(height)">
            \(edges)\(nodes)</svg></div>\(ReportPage.more(left, "node"))
            """
    }

    /// Leaves stand below each other, and what has branches stands in the middle of them.
    private mutating func place(_ branch: Survey.Branch, depth: Int) -> Spot? {
        guard nodes.count < Self.mostNodes else {
            left += Self.count(branch)
            return nil
        }
        // Those above come first, also for whoever has the page read out.
        let order = nodes.count
        nodes.append("")
        var spots: [Spot] = []
        for child in branch.branches {
            if let spot = place(child, depth: depth + 1) { spots.append(spot) }
        }
        var y = nextY
        if let first = spots.first, let last = spots.last {
            y = (first.y + last.y) / 2
        } else {
            nextY += Self.step
        }
        let spot = Spot(branch: branch, x: 8 + Double(depth) * (Self.box.width + Self.gap), y: y)
        width = max(width, spot.x + Self.box.width)
        nodes[order] = Self.node(spot)
        for child in spots { edges.append(Self.edge(spot, child)) }
        return spot
    }

    private static func count(_ branch: Survey.Branch) -> Int {
        1 + branch.branches.reduce(0) { $0 + count($1) }
    }

    private static func node(_ spot: Spot) -> HTML {
        let member = spot.branch.member
        let (kind, note): (String, String)
        if let status = member.status {
            kind = "node"
            note =
                SyncOutput.counted(status.tables, "table") + ", "
                + SyncOutput.counted(status.conflicts, "conflict")
        } else {
            kind = member.problem == nil ? "node unasked" : "node away"
            note = member.problem == nil ? "not asked" : "no answer"
        }
        let problem = member.problem.map { ": \($0)" } ?? ""
        let title = "\(member.name), node \(member.number)\(problem)"
        return """
            <g class="\(kind)" data-node="\(member.number)"><title>\(title)</title>\
            <rect x="\(spot.x)" y="\(spot.y)" width="\(box.width)" height="\(box.height)" rx="9"/>\
            <text class="strong" x="\(spot.x + 14)" y="\(spot.y + 24)">\
            \(cut(member.name, 17)) (\(member.number))</text>\
            <text class="\(kind == "node away" ? "soft bad" : "soft")" x="\(spot.x + 14)" \
            y="\(spot.y + 44)">\(note)</text></g>

            """
    }

    /// A line that turns at right angles; above and below it, what goes either way.
    private static func edge(_ upper: Spot, _ lower: Spot) -> HTML {
        let start = (x: upper.x + box.width, y: upper.y + box.height / 2)
        let end = (x: lower.x, y: lower.y + box.height / 2)
        let turn = start.x + 22
        let views = lower.branch.edge?.views ?? [:]
        let down = views[upper.branch.member.identity]
        let up = views[lower.branch.member.identity]
        let isLevel = [down, up].allSatisfy { $0?.pending.rows == 0 && $0?.isNew == false }
        return """
            <g class="\(isLevel ? "edge level" : "edge")">\
            <path d="M \(start.x) \(start.y) H \(turn) V \(end.y) H \(end.x)"/>\
            \(words(down, up, turn + 8, end.y))</g>

            """
    }

    private static func words(
        _ down: Replication.Status.Edge?, _ up: Replication.Status.Edge?, _ x: Double, _ y: Double
    ) -> HTML {
        guard let known = down ?? up else { return "" }
        if down?.isNew ?? true, up?.isNew ?? true {
            return "<text class=\"soft\" x=\"\(x)\" y=\"\(y - 8)\">never synced</text>"
        }
        let last = [up?.lastSync, down?.lastSync].compactMap { $0 }
            .min { $0.secondsAgo < $1.secondsAgo }
        let age = last.map { LastSync.age(seconds: $0.secondsAgo) } ?? "never synced"
        let title = last.map { "last sync \($0.text) UTC" } ?? age
        let skew = known.clockSkew.flatMap { $0.isTooLarge ? $0 : nil }
        let clock = skew.map { skew -> HTML in
            """
            <text class="soft bad" x="\(x)" y="\(y + 49)">clocks \
            \(ClockSkew.rounded(abs(skew.seconds))) s apart</text>
            """
        }
        return """
            <text x="\(x)" y="\(y - 8)">→ \(pending(down))</text>\
            <text x="\(x)" y="\(y + 18)">← \(pending(up))</text>\
            <text class="soft" x="\(x)" y="\(y + 34)">\(age)<title>\(title)</title></text>\(clock ?? "")
            """
    }

    private static func pending(_ view: Replication.Status.Edge?) -> String {
        guard let view else { return "not known" }
        if view.isNew { return "everything" }
        return (view.pending.isAll ? "" : "≥ ") + SyncOutput.counted(view.pending.rows, "row")
            + (view.pendingSchemaChanges > 0 ? ", \(view.pendingSchemaChanges) of schema" : "")
    }

    /// A text that fits; all of it is in the title.
    private static func cut(_ text: String, _ length: Int) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }
}
