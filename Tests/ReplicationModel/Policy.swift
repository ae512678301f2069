extension Model {
    /// How the winner of a conflict is chosen.
    enum Policy {
        case newest
        /// Origins, the most trusted first; those not listed come after, ties go to the newest.
        case priority([Int])
        /// Both contents go to a function, which may answer with a third or with a delete.
        case function

        enum Verdict {
            case source
            case target
            case merged(Int?)
        }

        /// One side of a conflict, as the protocol knows it.
        struct Side {
            var content: Int?
            var version: Version
        }

        func judge(source: Side, target: Side) -> Verdict {
            let unlogged = Version.unlogged
            if source.version.changedAt == unlogged && target.version.changedAt == unlogged {
                return Policy.newest(source, target)
            }
            switch self {
            case .newest:
                return Policy.newest(source, target)
            case .priority(let origins):
                let sourceRank = origins.firstIndex(of: source.version.origin) ?? origins.count
                let targetRank = origins.firstIndex(of: target.version.origin) ?? origins.count
                if sourceRank == targetRank { return Policy.newest(source, target) }
                return sourceRank < targetRank ? .source : .target
            case .function:
                let outcome = Policy.merge(source.content, target.content)
                if outcome == source.content { return .source }
                return outcome == target.content ? .target : .merged(outcome)
            }
        }

        private static func newest(_ source: Side, _ target: Side) -> Verdict {
            if source.version == target.version {
                return (source.content ?? -1) > (target.content ?? -1) ? .source : .target
            }
            return source.version > target.version ? .source : .target
        }

        /// Arbitrary, but the same whichever side asks: the lesser, the greater, a third, a delete.
        private static func merge(_ one: Int?, _ other: Int?) -> Int? {
            let lesser = min(one ?? -1, other ?? -1)
            let greater = max(one ?? -1, other ?? -1)
            switch (lesser * 7 + greater * 3 + 10) % 4 {
            case 0: return lesser < 0 ? nil : lesser
            case 1: return greater
            case 2: return (lesser + greater + 2) % 5
            default: return nil
            }
        }
    }
}
