import Postgres
import TestSupport

extension SeededGenerator {
    /// The edges of a random tree.
    mutating func edges(of count: Int) -> [(Int, Int)] {
        (2...count).map { (Int.random(in: 1..<$0, using: &self), $0) }
    }
}

/// What users have written so far, whoever they are.
///
/// Every value written is a number of its own, its token. A token that a user's statement removed from
/// a node's rows was seen by that user, and is overwritten; every other one must be somewhere at the
/// end: in a row, or in the history of conflicts.
struct TokenLedger {
    private(set) var written: Set<Int> = []
    private(set) var overwritten: Set<Int> = []

    /// Notes what a user's statements made of the tokens of his node.
    mutating func note(before: Set<Int>, after: Set<Int>) {
        written.formUnion(after.subtracting(before))
        overwritten.formUnion(before.subtracting(after))
    }

    /// The same where a token can stand in several places, and is counted: one that was removed from a
    /// place was seen there.
    mutating func note(before: [Int: Int], after: [Int: Int]) {
        note(before: Set(before.keys), after: Set(after.keys))
        overwritten.formUnion(before.keys.filter { before[$0, default: 0] > after[$0, default: 0] })
    }

    /// The tokens that are gone without a trace.
    func lost(current: Set<Int>, recorded: Set<Int>) -> [Int] {
        written.subtracting(current).subtracting(overwritten).subtracting(recorded).sorted()
    }
}
