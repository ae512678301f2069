extension Model {
    /// What really happened, recorded beside the protocol and never consulted by it: every change,
    /// and which changes its author had before his eyes when he made it.
    struct Truth {
        /// One change of one key, made by a user or by a policy that merged two rows.
        struct Change {
            let key: Int
            let version: Version
            /// What stood there when the change was made, and was overwritten by it.
            let overwrote: [Int]
        }

        private(set) var changes: [Change] = []
        /// Another change of the same content, made without knowledge of this one; or itself.
        private var same: [Int] = []
        /// Changes that a new edge makes void: a delete here is no rival of a row there.
        private(set) var excused: Set<Int> = []
        /// Changes that were on a node that died, and nowhere else.
        private(set) var gone: Set<Int> = []

        /// Notes a change and returns its number.
        mutating func note(key: Int, version: Version, overwrote: [Int]) -> Int {
            changes.append(Change(key: key, version: version, overwrote: overwrote))
            same.append(same.count)
            return changes.count - 1
        }

        /// Notes that these changes had the same outcome, so that one of them may stand for all.
        mutating func unite(_ changes: [Int]) {
            guard let first = changes.first.map(representative) else { return }
            for change in changes { same[representative(change)] = first }
        }

        /// Notes that these changes died with the only node that had them.
        mutating func forget(_ changes: Set<Int>) {
            gone.formUnion(changes)
            excused.formUnion(changes)
        }

        /// Notes that no account of these changes is needed.
        mutating func excuse(_ changes: [Int]) {
            excused.formUnion(changes)
        }

        func representative(_ change: Int) -> Int {
            var change = change
            while same[change] != change { change = same[change] }
            return change
        }

        /// Whether `version` is the name of one of the changes that a row is the outcome of.
        func names(_ cell: Cell, as version: Version) -> Bool {
            cell.standing.isEmpty || version.changedAt == Version.unlogged
                || cell.standing.contains { changes[$0].version == version }
        }

        /// The changes that are neither the outcome at the end, nor overwritten by somebody who saw
        /// them, nor on record as the loser of a conflict.
        func lost(final: [Cell], recorded: Set<Int>) -> [Int] {
            var accounted = recorded.union(excused)
            for cell in final { accounted.formUnion(cell.standing) }
            for change in changes { accounted.formUnion(change.overwrote) }
            let represented = Set(accounted.map(representative))
            return changes.indices.filter { !represented.contains(representative($0)) }
        }

        /// The keys whose final row somebody who saw it had overwritten or deleted: the old row
        /// came back and beat its own successor.
        func resurrected(final: [Cell]) -> [Int] {
            var successors: [Int: [Int]] = [:]
            for (number, change) in changes.enumerated() where !gone.contains(number) {
                for old in change.overwrote { successors[old, default: []].append(number) }
            }
            return final.indices.filter { key in
                let outcomes = Set(final[key].standing.map(representative))
                let standing = changes.indices.filter { outcomes.contains(representative($0)) }
                let lineage = self.lineage(of: standing)
                let newest = standing.filter { change in
                    !(successors[change] ?? []).contains { lineage.contains($0) }
                }
                return !newest.isEmpty && newest.allSatisfy { successors[$0] != nil }
            }
        }

        func lineage(of standing: [Int]) -> Set<Int> {
            var found = Set(standing)
            var waiting = standing
            while let change = waiting.popLast() {
                for old in changes[change].overwrote where found.insert(old).inserted {
                    waiting.append(old)
                }
            }
            return found
        }
    }
}
