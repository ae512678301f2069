extension Model {
    /// Lets a world come to rest and looks at it, once for each state that this leads through.
    struct Judge {
        let setup: Setup
        /// States from which the rest was found well.
        private var sound: Set<Fingerprint> = []
        /// Whether the way to the rest is kept.
        var isTraced = false
        /// What was done to come to rest, where it is kept, and what the world was then.
        private(set) var taken: [Step] = []
        private(set) var end: World?
        /// The same for a person to read.
        private(set) var trace: [String] = []

        init(_ setup: Setup) { self.setup = setup }

        /// What is wrong when all has come to rest from here on.
        mutating func failures(_ world: World, _ fingerprint: Fingerprint) -> Set<Failure> {
            if sound.contains(fingerprint) { return world.found }
            var world = world
            var path: Set = [fingerprint]
            var here = fingerprint
            for index in world.nodes.indices {
                while let open = world.nodes[index].open.first {
                    world.nodes[index].commit(open.xid, truth: &world.truth)
                    note(.commit(node: index), world)
                    here = Fingerprint(world)
                }
            }
            while true {
                guard let next = advance(&world, here) else { break }
                if sound.contains(next) && world.found.isEmpty && !isTraced {
                    sound.formUnion(path)
                    return []
                }
                guard path.insert(next).inserted, path.count < 100 else { return [.neverQuiet] }
                here = next
            }
            let failures = rest(world)
            if failures.isEmpty { sound.formUnion(path) }
            return failures
        }

        /// The next direction that changes anything; nil when none does.
        private mutating func advance(_ world: inout World, _ here: Fingerprint) -> Fingerprint? {
            for edge in world.edges {
                if world.isRefused(edge.a, edge.b) {
                    if !world.isRestored {
                        world.note(.falseAlarm)
                        return nil
                    }
                    world.take(.rejoin(edge.a, edge.b))
                    note(.rejoin(edge.a, edge.b), world)
                    return Fingerprint(world)
                }
                for (from, to) in [(edge.a, edge.b), (edge.b, edge.a)] where world.isDue(from, to) {
                    var after = world
                    after.take(.move(from: from, to: to))
                    let next = Fingerprint(after)
                    if next == here { continue }
                    world = after
                    note(.move(from: from, to: to), world)
                    return next
                }
            }
            return nil
        }

        private mutating func note(_ step: Step, _ world: World) {
            guard isTraced else { return }
            taken.append(step)
            trace.append("\(step): \(world.summary)")
        }

        /// All is quiet: judged as it is, and again when a person has done his part.
        private mutating func rest(_ world: World) -> Set<Failure> {
            var world = world
            if isTraced { end = world }
            var failures = world.failures(isQuiet: true)
            if world.isRestored { failures = failures.filter { $0.kind != "resurrected" } }
            guard failures.isEmpty else { return failures }
            for node in world.nodes.dropFirst() {
                for (source, held) in node.quarantine.sorted(by: { $0.key < $1.key }) {
                    guard let key = held.keys.min() else { continue }
                    if node.refused != nil {
                        world.take(.relax(node: node.number))
                        note(.relax(node: node.number), world)
                        return failuresLater(world)
                    }
                    if world.rounds > 3 {
                        return [.heldForNothing(node: node.number, key: key)]
                    }
                    world.rounds += 1
                    let step = Step.write(
                        node: source, [key: .some(world.freeContent(key, source))])
                    world.take(step)
                    note(step, world)
                    return failuresLater(world)
                }
            }
            return []
        }

        private mutating func failuresLater(_ world: World) -> Set<Failure> {
            failures(world, Fingerprint(world))
        }
    }
}

extension Model.World {
    /// Whether a direction has anything to do.
    fileprivate func isDue(_ from: Int, _ to: Int) -> Bool {
        var target = nodes[to]
        let parcel = Model.Parcel(from: nodes[from], to: &target, variant: rules.variant)
        return parcel.hasNews || parcel.hasQuarantined
    }

    /// A unique value that nobody holds, for a row that must not lose its reference.
    fileprivate func freeContent(_ key: Int, _ node: Int) -> Int {
        let old = nodes[node].rows[key].content ?? 0
        return 20 + 4 * key + 2 * rounds * 8
            + (rules.constraints.references[key] == nil ? old % 2 : 0)
    }

    /// All rows of all nodes, for a trace.
    var summary: String {
        nodes.dropFirst().map { node in
            let rows = node.rows.map { $0.content.map(String.init) ?? "-" }.joined(separator: " ")
            let held = node.quarantine.sorted { $0.key < $1.key }.map { source, keys in
                "holds \(keys.keys.sorted()) of \(source)"
            }
            return "\(node.number)[\(rows)]\(held.joined(separator: " "))"
        }.joined(separator: "  ")
    }
}
