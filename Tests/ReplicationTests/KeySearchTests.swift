import Postgres
import Testing

@testable import Replication

/// Ranges of keys are found without a sort.
@Suite struct KeySearchTests {
    @Test(arguments: 0...70) func theSearchFindsThePartOfEachKey(count: Int) {
        let bounds = (0..<count).map { [String($0 * 10)] }
        let search = KeySearch(bounds: bounds)
        for key in stride(from: -5, through: count * 10 + 5, by: 5) {
            // The expressions are the answers themselves: each is asked as "key > bound".
            let answers = search.bits { bound in
                SQL(raw: key > (Int(bound[0]) ?? 0) ? "true" : "false")
            }.map { evaluate($0.text) }
            #expect(search.part(answers) == bounds.filter { key > (Int($0[0]) ?? 0) }.count)
        }
    }

    /// `case when true then X else Y end`, nested.
    private func evaluate(_ text: String) -> Bool {
        var words = text.replacing("(", with: "").replacing(")", with: "")
            .split(separator: " ")[...]
        func value() -> Bool {
            guard words.first == "case" else { return words.removeFirst() == "true" }
            words.removeFirst(2)
            let condition = value()
            words.removeFirst()
            let yes = value()
            words.removeFirst()
            let no = value()
            words.removeFirst()
            return condition ? yes : no
        }
        return value()
    }
}
