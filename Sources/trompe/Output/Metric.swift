/// One metric in Prometheus' text format (version 0.0.4), with its samples.
struct Metric {
    enum Kind: String {
        /// A value that goes up and down.
        case gauge
        /// A value that only ever goes up; its name ends in `_total`.
        case counter
    }

    /// What tells a sample from the others.
    typealias Label = (name: String, value: String)

    private let name: String
    private let help: String
    private let kind: Kind
    private var samples: [String] = []

    /// - Parameters:
    ///   - name: in base units, and with the unit in it.
    ///   - help: one sentence, in one line and without a backslash.
    ///   - kind: a gauge unless given.
    init(_ name: String, _ help: String, kind: Kind = .gauge) {
        self.name = "trompe_" + name
        self.help = help
        self.kind = kind
    }

    /// One more sample; no two may bear the same labels.
    mutating func add(_ value: Double, _ labels: [Label]) {
        let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
        samples.append("\(name){\(pairs.joined(separator: ","))} \(Self.text(value))\n")
    }

    /// The lines of it; none where there is no sample.
    var text: String {
        guard !samples.isEmpty else { return "" }
        return "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n" + samples.joined()
    }

    /// By scalars: a quote with an accent on it is a quote, and CR LF has a line's end in it.
    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }
}
