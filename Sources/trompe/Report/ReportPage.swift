import Foundation
import Replication

/// A page about one node: what `trompe status` says with the tree drawn, how syncs went, and the newest
/// conflicts with both versions. It needs no other file and no script.
struct ReportPage {
    let inquiry: Inquiry
    let history: SyncHistory
    let conflicts: [ConflictComparison]
    /// What the user called the database.
    let database: String

    /// Of each list, no more lines.
    private static let longestList = 200

    /// The whole page.
    var html: String {
        let name = status?.node.name ?? database
        let policy = "default-src 'none'; style-src 'unsafe-inline'"
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <title>trompe: \(name)</title>
            <style>\(ReportStyle.css)</style>
            </head>
            <body>
            <header>
            <h1>\(name)</h1>
            <p>\(subtitle)</p>
            </header>
            <main>
            \(tiles)
            \(section("Tree", ReportTree(inquiry.survey).html))
            \(warnings)
            \(section("Syncs into \(name)", ReportCharts(history).html))
            \(section("Conflicts", ReportConflicts(conflicts, of: status).html))
            \(waiting)
            \(unattached)
            </main>
            </body>
            </html>

            """
        return page.text
    }

    /// Of the node that the page is about.
    private var status: Replication.Status? { inquiry.survey.statuses.first }

    private var subtitle: HTML {
        let now = ReportTime.text(Date().timeIntervalSince1970)
        guard let status else { return "As it was on \(now) UTC." }
        return """
            Node \(status.node.number) of at most \(status.node.modulus), reached as \(database). As it \
            was on \(now) UTC.
            """
    }

    private func section(_ title: String, _ content: HTML) -> HTML {
        "<section>\n<h2>\(title)</h2>\n\(content)\n</section>"
    }

    private var tiles: HTML {
        guard let status else { return "" }
        let pending = status.neighbours.reduce(0) { $0 + $1.pending.rows }
        let isAll = status.neighbours.allSatisfy(\.pending.isAll)
        let waiting = status.neighbours.reduce(0) { $0 + $1.waiting }
        let last = status.neighbours.compactMap(\.lastSync).min { $0.secondsAgo < $1.secondsAgo }
        let values: [(word: String, value: String, isBad: Bool)] = [
            ("replicated tables", "\(status.tables)", false),
            ("rows to be sent", (isAll ? "" : "≥ ") + "\(pending)", false),
            ("conflicts", "\(status.conflicts)", false),
            ("rows waiting", "\(waiting)", waiting > 0),
            ("last sync", last.map { LastSync.age(seconds: $0.secondsAgo) } ?? "never", false),
        ]
        let items = values.map { item -> HTML in
            """
            <div class="\(item.isBad ? "tile bad" : "tile")"><dt>\(item.word)</dt>\
            <dd>\(item.value)</dd></div>

            """
        }
        return "<dl class=\"tiles\">\n\(items)</dl>"
    }

    /// What a person may have to do something about, on any node that was asked.
    private var warnings: HTML {
        let statuses = inquiry.survey.statuses
        let lines = statuses.flatMap { status in
            status.warnings.map { statuses.count == 1 ? $0 : "\(status.node.name): \($0)" }
        }
        return lines.isEmpty ? "" : section("Warnings", list(lines, class: "warnings"))
    }

    private var waiting: HTML {
        guard let status, !status.waiting.isEmpty else { return "" }
        let rows = status.waiting.prefix(Self.longestList).map { row -> HTML in
            """
            <tr><td>\(row.table)</td><td><code>\(row.key)</code></td>\
            <td>\(status.members[row.neighbour] ?? "node \(row.neighbour)")</td>\
            <td>\(row.since)</td><td>\(row.reason)\(row.constraint.map { " (\($0))" } ?? "")</td></tr>

            """
        }
        let count = status.neighbours.reduce(0) { $0 + $1.waiting }
        let heads = ["table", "key", "of", "since (UTC)", "reason"].map { "<th>\($0)</th>" as HTML }
        return section(
            "Rows that wait",
            """
            <div class="scroll"><table>
            <thead><tr>\(heads)</tr></thead>
            <tbody>
            \(rows)</tbody></table></div>\(Self.more(count - rows.count, "row"))
            """)
    }

    private var unattached: HTML {
        guard let status, !status.unattached.isEmpty else { return "" }
        return section("Not replicated", list(status.unattached, class: "plain"))
    }

    private func list(_ lines: [String], class name: String) -> HTML {
        let items = lines.prefix(Self.longestList).map { "<li>\($0)</li>\n" as HTML }
        return """
            <ul class="\(name)">
            \(items)</ul>\(Self.more(lines.count - items.count, "line"))
            """
    }

    /// What is left out.
    static func more(_ count: Int, _ one: String) -> HTML {
        guard count > 0 else { return "" }
        return "\n<p class=\"more\">and \(SyncOutput.counted(count, "more \(one)"))</p>"
    }
}

/// Times on a page.
enum ReportTime {
    /// `2026-11-21 05:27:46`, in UTC.
    static func text(_ epoch: Double) -> String {
        Date(timeIntervalSince1970: epoch.rounded()).formatted(
            .iso8601.year().month().day().dateTimeSeparator(.space)
                .time(includingFractionalSeconds: false))
    }
}
