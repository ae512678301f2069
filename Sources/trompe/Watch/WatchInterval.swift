import ArgumentParser

/// The value of `--watch`: seconds between the end of a sync and the next one.
struct WatchInterval: ExpressibleByArgument, CustomStringConvertible, Hashable {
    /// Not a number where the user gave none that will do. (An option that may be a flag is taken for one
    /// where its value cannot be read, so that it must be.)
    let seconds: Double

    /// What `--watch` without a number means: a change is on the other side before anybody asks for it,
    /// and a sync with nothing to do is no load for either server.
    static let standard = WatchInterval(seconds: 10)

    init(seconds: Double) { self.seconds = seconds }

    init?(argument: String) {
        let given = Double(argument) ?? .nan
        seconds = (0.1...86_400).contains(given) ? given : .nan
    }

    var description: String {
        seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    }

    /// The arguments with a value for each `--watch` that stands alone. What follows it belongs to it
    /// only where that is a number: in `--watch laptop server` both are databases.
    static func spelledOut(_ arguments: [String]) -> [String] {
        var result: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument != "--" else { return result + [argument] + rest }
            guard argument == "--watch" else {
                result.append(argument)
                continue
            }
            if let next = rest.first, Double(next) != nil {
                result.append("--watch=\(next)")
                rest.removeFirst()
            } else {
                result.append("--watch=\(standard)")
            }
        }
        return result
    }
}
