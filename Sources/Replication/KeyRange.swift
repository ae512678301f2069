import Postgres

/// A part of a table, by its key: behind one, and up to another.
struct KeyRange: Sendable, Hashable {
    /// The key behind which it begins; nil: with the first row.
    let after: [String]?
    /// The last key that belongs to it; nil: it ends with the last row.
    let upTo: [String]?

    /// The whole table.
    static let all = KeyRange(after: nil, upTo: nil)

    /// The parts that some keys, in their order, cut it into.
    func cut(at bounds: [[String]]) -> [KeyRange] {
        let begins = [after] + bounds.map { $0 }
        let ends = bounds.map { $0 } + [upTo]
        return zip(begins, ends).map { KeyRange(after: $0, upTo: $1) }
    }

    /// Two that lie beside each other as one.
    func joined(with next: KeyRange) -> KeyRange? {
        guard let upTo, upTo == next.after else { return nil }
        return KeyRange(after: after, upTo: next.upTo)
    }

    /// Whether a row is in it; an index over a key of several columns looks at the first one only.
    func contains(_ order: [KeyOrder], _ value: (Int) -> SQL) -> SQL? {
        var conditions: [SQL] = []
        if let after {
            conditions.append(order.isBehind(after, value))
            if let first = order.first, order.count > 1 {
                conditions.append(
                    "\(value(0)) \(raw: first.atLeast) \(literal: after[0])::\(raw: first.type)")
            }
        }
        if let upTo {
            conditions.append(order.isUpTo(upTo, value))
            if let first = order.first, order.count > 1 {
                conditions.append(
                    "\(value(0)) \(raw: first.atMost) \(literal: upTo[0])::\(raw: first.type)")
            }
        }
        return conditions.isEmpty ? nil : conditions.joined(separator: " and ")
    }
}

/// A binary search for the part of a range that a key is in: as truth values, one for each step.
struct KeySearch: Sendable, Hashable {
    /// The keys that cut the range, in their order.
    let bounds: [[String]]

    /// How many steps it takes at most.
    var depth: Int { Int.bitWidth - bounds.count.leadingZeroBitCount }

    /// The answer of each step, as expressions.
    func bits(_ isBehind: ([String]) -> SQL) -> [SQL] {
        (0..<depth).map { bit($0, bounds[...], isBehind) }
    }

    private func bit(
        _ step: Int, _ bounds: ArraySlice<[String]>, _ isBehind: ([String]) -> SQL
    ) -> SQL {
        guard let (before, middle, behind) = Self.halves(bounds) else { return "false" }
        let answer = isBehind(middle)
        guard step > 0 else { return "(\(answer))" }
        return """
            case when \(answer) then \(bit(step - 1, behind, isBehind)) \
            else \(bit(step - 1, before, isBehind)) end
            """
    }

    /// The number of the part that the answers lead to.
    func part(_ answers: [Bool]) -> Int {
        var rest = bounds[...]
        for answer in answers {
            guard let (before, _, behind) = Self.halves(rest) else { break }
            rest = answer ? behind : before
        }
        return rest.startIndex
    }

    private static func halves(
        _ bounds: ArraySlice<[String]>
    ) -> (before: ArraySlice<[String]>, middle: [String], behind: ArraySlice<[String]>)? {
        guard !bounds.isEmpty else { return nil }
        let middle = bounds.startIndex + bounds.count / 2
        return (bounds[..<middle], bounds[middle], bounds[(middle + 1)...])
    }
}
