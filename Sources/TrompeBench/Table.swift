import Foundation

/// What was measured: seconds (or another unit) by work and by who did it.
final class Table {
    /// One cell.
    struct Figure {
        var unit = "s"
        var values: [Double] = []

        /// The middle one.
        var median: Double {
            let sorted = values.sorted()
            guard !sorted.isEmpty else { return .nan }
            let middle = sorted.count / 2
            return sorted.count.isMultiple(of: 2)
                ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        }
    }

    /// A work: who did it, in the order in which they came, and with whom the others are compared.
    struct Line {
        let work: String
        let base: String?
        var names: [String] = []
        var figures: [String: Figure] = [:]
    }

    private(set) var lines: [Line] = []

    /// Notes a value. `base`: whose median is 1 in the ratios.
    func note(
        _ value: Double, of name: String, in work: String, unit: String = "s",
        base: String? = "limit"
    ) {
        if !lines.contains(where: { $0.work == work }) {
            lines.append(Line(work: work, base: base))
        }
        guard let index = lines.firstIndex(where: { $0.work == work }) else { return }
        if !lines[index].names.contains(name) { lines[index].names.append(name) }
        lines[index].figures[name, default: Figure(unit: unit)].values.append(value)
    }

    /// The ratio of a name's median to the base's; nil where there is none.
    private func ratio(_ name: String, in line: Line) -> Double? {
        guard let base = line.base, base != name, let one = line.figures[base]?.median, one > 0,
            let other = line.figures[name]?.median
        else { return nil }
        return other / one
    }

    func print(_ environment: String) {
        Swift.print("\(environment)\n")
        Swift.print("| work | who | median | ratio | smallest to largest |")
        Swift.print("|---|---|---|---|---|")
        for line in lines {
            for name in line.names {
                let figure = line.figures[name] ?? Figure()
                let ratio = ratio(name, in: line).map { String(format: "%.2f", $0) } ?? ""
                let range = [figure.values.min() ?? .nan, figure.values.max() ?? .nan]
                    .map { Self.text($0) }.joined(separator: " to ")
                Swift.print(
                    "| \(line.work) | \(name) | \(Self.text(figure.median)) \(figure.unit) "
                        + "| \(ratio) | \(range) |")
            }
        }
    }

    private static func text(_ value: Double) -> String {
        String(format: value >= 100 ? "%.0f" : value >= 1 ? "%.2f" : "%.4f", value)
    }

    private struct Document: Encodable {
        let work: String
        let who: String
        let unit: String
        let median: Double
        let ratio: Double?
        let base: String?
        let values: [Double]
    }

    func printJSON() throws {
        let documents = lines.flatMap { line in
            line.names.map { name in
                let figure = line.figures[name] ?? Figure()
                return Document(
                    work: line.work, who: name, unit: figure.unit, median: figure.median,
                    ratio: ratio(name, in: line), base: line.base, values: figure.values)
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        Swift.print(String(decoding: try encoder.encode(documents), as: UTF8.self))
    }
}
