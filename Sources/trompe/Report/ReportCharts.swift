import Foundation
import Replication

/// The history of syncs, plotted over one axis of time: rows, conflicts, and how long it took.
struct ReportCharts {
    private let history: SyncHistory

    /// One kind of bars above each other.
    private struct Layer {
        let kind: String
        let word: String
        let value: (SyncHistory.Step) -> Double
    }

    private static let width = 1_000.0
    private static let plot = (left: 64.0, right: 990.0, top: 10.0, height: 96.0)

    init(_ history: SyncHistory) { self.history = history }

    var html: HTML {
        guard !history.moving.isEmpty else {
            return "<p class=\"none\">No sync has moved anything into this node yet.</p>"
        }
        let rows = [
            Layer(kind: "insert", word: "inserted") { Double($0.inserted) },
            Layer(kind: "update", word: "updated") { Double($0.updated) },
            Layer(kind: "delete", word: "deleted") { Double($0.deleted) },
        ]
        let conflicts = Layer(kind: "conflict", word: "conflicts") { Double($0.conflicts) }
        let seconds = Layer(kind: "seconds", word: "s", value: \.seconds)
        let keys = rows.map { "<span class=\"key \($0.kind)\"></span>\($0.word)" as HTML }
        let older = history.remembered - history.directions
        let note =
            SyncOutput.counted(history.directions, "direction") + " that moved something"
            + (older > 0 ? ", the newest; \(older) older ones are not shown." : ".")
        return """
            \(chart("rows", "<b>Rows</b>\(keys)", rows))
            \(chart("conflicts", "<b>Conflicts</b> that were decided here", [conflicts]))
            \(chart("seconds", "<b>Seconds</b> that the longest took", [seconds]))
            <p class="note">\(note)</p>
            """
    }

    private func chart(_ name: String, _ caption: HTML, _ layers: [Layer]) -> HTML {
        let sums = history.moving.map { step in layers.reduce(0) { $0 + $1.value(step) } }
        let top = Self.roundedUp(sums.max() ?? 0, isWhole: name != "seconds")
        let base = Self.plot.top + Self.plot.height
        let lines = [(base, "0"), (Self.plot.top, Self.number(top))].map { y, word -> HTML in
            """
            <line class="axis" x1="\(Self.plot.left)" x2="\(Self.plot.right)" y1="\(y)" y2="\(y)"/>\
            <text class="soft" text-anchor="end" x="\(Self.plot.left - 8)" y="\(y + 4)">\(word)</text>

            """
        }
        let bars = history.moving.map { bar($0, layers, top: top) }
        return """
            <figure class="chart" data-chart="\(name)">
            <figcaption>\(caption)</figcaption>
            <svg role="img" aria-label="\(name) over time" viewBox="0 0 \(Self.width) \(base + 26)">
            \(lines)\(bars)\(ticks(base + 18))</svg>
            </figure>
            """
    }

    private func bar(_ step: SyncHistory.Step, _ layers: [Layer], top: Double) -> HTML {
        let slot = (Self.plot.right - Self.plot.left) / Double(SyncHistory.steps)
        let x = Self.plot.left + Double(step.index) * slot
        var y = Self.plot.top + Self.plot.height
        var bars: [HTML] = []
        for layer in layers {
            let value = layer.value(step)
            guard value > 0 else { continue }
            // What is there can be seen, however small it is.
            let height = max(1.5, value / top * Self.plot.height)
            y -= height
            let title = "from \(time(step)): \(Self.number(value)) \(layer.word)"
            bars.append(
                """
                <rect class="\(layer.kind)" x="\(x + 0.5)" y="\(y)" width="\(slot - 1)" \
                height="\(height)"><title>\(title)</title></rect>

                """)
        }
        return bars.reduce("", +)
    }

    /// When a step begins.
    private func time(_ step: SyncHistory.Step) -> String {
        let length = (history.last - history.first) / Double(SyncHistory.steps)
        return ReportTime.text(history.first + Double(step.index) * length)
    }

    /// The times below: days where they are many, else hours too.
    private func ticks(_ y: Double) -> HTML {
        let span = history.last - history.first
        let count = span > 0 ? 4 : 0
        return (0...count).map { index -> HTML in
            let share = count == 0 ? 0 : Double(index) / Double(count)
            let text = ReportTime.text(history.first + share * span)
            let words =
                span > 4 * 86_400 ? text.prefix(10) : span > 600 ? text.prefix(16) : text[...]
            let anchor = index == 0 ? "start" : index == count ? "end" : "middle"
            let x = Self.plot.left + share * (Self.plot.right - Self.plot.left)
            return """
                <text class="soft" text-anchor="\(anchor)" x="\(x)" y="\(y)">\(String(words))</text>

                """
        }.reduce("", +)
    }

    /// The next of 1, 2, 5, 10, 20, ...
    private static func roundedUp(_ value: Double, isWhole: Bool) -> Double {
        guard value > 0 else { return 1 }
        let power = pow(10, floor(log10(value)))
        let rounded = [1, 2, 5, 10].map { $0 * power }.first { $0 >= value } ?? 10 * power
        return isWhole ? max(1, rounded) : rounded
    }

    private static func number(_ value: Double) -> String {
        switch value {
        case 1_000_000...: "\(trimmed(value / 1_000_000)) M"
        case 10_000...: "\(trimmed(value / 1_000)) k"
        default: trimmed(value)
        }
    }

    private static func trimmed(_ value: Double) -> String {
        let rounded = (value * 1_000).rounded() / 1_000
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
