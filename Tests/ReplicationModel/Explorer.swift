extension Model {
    /// Tries everything that can happen up to a number of steps, breadth first, and from every state
    /// reached lets all come to rest and judges it.
    struct Explorer {
        let setup: Setup
        /// The states that were expanded.
        private(set) var states = 0
        /// The steps that were taken.
        private(set) var transitions = 0
        /// The number of steps to which everything was tried.
        private(set) var depth = 0
        /// The number of different histories that these steps make, merged or not.
        private(set) var histories = 0.0
        /// The first history that ends badly.
        private(set) var counterexample: Counterexample?
        private var visited: Set<Visit> = []
        var judge: Judge

        /// A history and what is wrong at its end.
        struct Counterexample {
            let steps: [Step]
            let failures: Set<Failure>
        }

        private struct Visit: Hashable {
            let state: Fingerprint
            let spent: Spent
        }

        private struct Branch {
            var world: World
            var spent = Spent()
            var steps: [Step] = []
            var ways = 1.0
        }

        init(_ setup: Setup) {
            self.setup = setup
            judge = Judge(setup)
        }

        /// Explores to a depth, or until a history ends badly.
        mutating func run(depth limit: Int) {
            var frontier = [Branch(world: setup.world())]
            while depth < limit && !frontier.isEmpty {
                var next: [Branch] = []
                var places: [Visit: Int] = [:]
                let isLast = depth + 1 == limit
                for branch in frontier {
                    for step in setup.steps(branch.world, branch.spent) {
                        extend(branch, step, isLast, &next, &places)
                        if counterexample != nil { return }
                    }
                }
                histories += next.reduce(0) { $0 + $1.ways }
                frontier = isLast ? [] : next
                depth += 1
            }
        }

        private mutating func extend(
            _ branch: Branch, _ step: Step, _ isLast: Bool, _ next: inout [Branch],
            _ places: inout [Visit: Int]
        ) {
            var branch = branch
            branch.world.take(step)
            branch.spent.count(step)
            transitions += 1
            let fingerprint = Fingerprint(branch.world)
            let visit = Visit(state: fingerprint, spent: branch.spent)
            if let place = places[visit] {
                next[place].ways += branch.ways
                return
            }
            guard visited.insert(visit).inserted else { return }
            states += 1
            branch.steps.append(step)
            places[visit] = next.count
            next.append(branch)
            let failures = judge.failures(branch.world, fingerprint)
            if failures.isEmpty { return }
            counterexample = Counterexample(steps: branch.steps, failures: failures)
        }
    }
}
