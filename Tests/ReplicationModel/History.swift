extension Model {
    /// One random history: who the nodes are, what happens to them, and what is found at the end.
    struct History {
        let seed: UInt64
        private var random: Generator
        private(set) var world: World
        private var unlinked: [Edge] = []
        /// What was exported, each to be carried out never, once or several times.
        private var files: [File] = []
        private let usesFiles: Bool
        /// What happened, step by step, to be printed with a failure.
        private(set) var trace: [String] = []
        private let isTraced: Bool
        /// Whether nodes die, and others are joined in their place.
        private let dies: Bool
        /// How many looks what all neighbours have stays in the logs.
        private var keep = 0

        init(seed: UInt64, variant: Variant?, dies: Bool = false, isTraced: Bool = false) {
            self.seed = seed
            self.dies = dies
            self.isTraced = isTraced
            var random = Generator(state: seed)
            let count = 2 + random.below(variant == .cycle ? 4 : 5) + (variant == .cycle ? 1 : 0)
            let keys = 1 + random.below(5)
            let policy = History.policy(&random, count: count)
            // Where nodes die, edges go on by their logs alone.
            usesFiles = !dies && (variant == .staleFiles || random.chance(40))
            let nodes = (0...count).map { number in
                Node(
                    number: number, skew: random.below(200) - 100,
                    rows: Array(repeating: Cell(content: nil, standing: []), count: keys))
            }
            self.random = random
            world = World(
                nodes: nodes, edges: [], rules: Rules(policy: policy, variant: variant))
            let startsApart = self.random.chance(40)
            for number in 2...count {
                let edge = orient(1 + self.random.below(number - 1), number)
                if startsApart && self.random.chance(50) {
                    unlinked.append(edge)
                } else {
                    join(edge)
                }
            }
            populate()
            if variant == .cycle { closeCycle(count) }
            if dies { keep = self.random.below(3) * 2 }
        }

        private static func policy(_ random: inout Generator, count: Int) -> Policy {
            switch random.below(3) {
            case 0: .newest
            case 1:
                .priority(
                    Array((1...count).shuffled(using: &random).prefix(1 + random.below(count))))
            default: .function
            }
        }

        private mutating func orient(_ a: Int, _ b: Int) -> Edge {
            random.chance(50) ? Edge(a: a, b: b) : Edge(a: b, b: a)
        }

        /// An edge between two nodes that are equal: as after a copy.
        private mutating func join(_ edge: Edge) {
            world.edges.append(edge)
            world.nodes[edge.a].received[edge.b] = world.nodes[edge.b].snapshot(nil)
            world.nodes[edge.b].received[edge.a] = world.nodes[edge.a].snapshot(nil)
            for (node, other) in [(edge.a, edge.b), (edge.b, edge.a)] {
                let level = Level(with: world.nodes[other], world.nodes[node])
                world.nodes[node].levels.append(level)
            }
        }

        private mutating func closeCycle(_ count: Int) {
            for a in 1..<count {
                for b in (a + 1)...count {
                    let isEdge = world.edges.contains {
                        $0 == Edge(a: a, b: b) || $0 == Edge(a: b, b: a)
                    }
                    if isEdge || unlinked.contains(Edge(a: a, b: b))
                        || unlinked.contains(Edge(a: b, b: a))
                    {
                        continue
                    }
                    return join(Edge(a: a, b: b))
                }
            }
        }

        /// Rows from before there was a log, the same on nodes that are linked.
        private mutating func populate() {
            for number in 1..<world.nodes.count {
                let edge = world.edges.first { max($0.a, $0.b) == number }
                if let edge {
                    world.nodes[number].rows = world.nodes[min(edge.a, edge.b)].rows
                    continue
                }
                for key in world.nodes[number].rows.indices where random.chance(30) {
                    let version = Version(changedAt: Version.unlogged, origin: number)
                    let change = world.truth.note(key: key, version: version, overwrote: [])
                    world.nodes[number].rows[key] = Cell(
                        content: random.below(4), standing: [change])
                }
            }
        }

        /// Runs the history and judges its end.
        mutating func run() -> Set<Failure> {
            for _ in 0..<(20 + random.below(50) + (dies ? 60 : 0)) {
                world.time += 3
                step()
            }
            for sync in world.syncs { world.crash(sync) }
            world.syncs = []
            while !files.isEmpty { carryFile() }
            world.edges += unlinked
            unlinked = []
            while !world.missingEdges.isEmpty { graft() }
            while let edge = world.missingFarEdges.first { world.graft(edge, dead: 0) }
            let isQuiet = world.settle()
            return world.failures(isQuiet: isQuiet)
        }

        private mutating func step() {
            if dies && random.chance(6) { return random.chance(25) ? kill() : graft() }
            var number = 1 + random.below(world.nodes.count - 1)
            if world.dead[number] != nil { number = world.living[0].number }
            switch dies ? random.below(130) : random.below(100) {
            case 100..<117: sync()
            case 117..<130: purge(number)
            case 0..<30: write(number)
            case 30..<36: commit(number)
            case 36..<39 where dies && seed % 4 > 0: write(number)
            case 36..<39: truncate(number)
            case 39..<55: begin()
            case 55..<92: advance()
            case 92..<95: crash()
            case 95..<98: purge(number)
            default: link()
            }
        }

        private mutating func note(_ text: @autoclosure () -> String) {
            if isTraced { trace.append("\(world.time): \(text())") }
        }

        /// Writes in a transaction that is open, or in a new one; often commits it at once.
        private mutating func write(_ number: Int) {
            var xid = world.nodes[number].open.randomElement(using: &random)?.xid
            if xid == nil || random.chance(60) {
                xid = world.nodes[number].takeXid()
                world.nodes[number].open.append(Transaction(xid: xid ?? 0))
            }
            guard let xid else { return }
            for _ in 0..<(random.below(3)) {
                let key = random.below(world.nodes[number].rows.count)
                let content = random.chance(30) ? nil : random.below(4)
                world.nodes[number].waitForWriters(of: [key], except: xid, truth: &world.truth)
                world.nodes[number].write(key, content, in: xid, time: world.time)
                note(
                    "node \(number), xid \(xid): key \(key) becomes \(content ?? -1)"
                )
            }
            if random.chance(70) {
                note("node \(number), xid \(xid) commits")
                world.nodes[number].commit(xid, truth: &world.truth)
            }
        }

        private mutating func commit(_ number: Int) {
            guard let open = world.nodes[number].open.randomElement(using: &random) else { return }
            note("node \(number), xid \(open.xid) commits")
            world.nodes[number].commit(open.xid, truth: &world.truth)
        }

        private mutating func truncate(_ number: Int) {
            world.hasTruncated = true
            var xid = world.nodes[number].open.randomElement(using: &random)?.xid
            if xid == nil {
                xid = world.nodes[number].takeXid()
                world.nodes[number].open.append(Transaction(xid: xid ?? 0))
            }
            let keys = world.nodes[number].rows.indices.filter { _ in random.chance(20) }
            note("node \(number), xid \(xid ?? 0) truncates, then writes \(keys)")
            world.nodes[number].truncate(
                in: xid ?? 0, then: keys, time: world.time, truth: &world.truth)
        }

        private mutating func sync() {
            let free = world.edges.filter { edge in !world.syncs.contains { $0.edge == edge } }
            guard let edge = free.randomElement(using: &random) else { return }
            note("sync \(edge.a) \(edge.b) at once")
            world.sync(edge)
        }

        private mutating func begin() {
            let free = world.edges.filter { edge in !world.syncs.contains { $0.edge == edge } }
            guard let edge = free.randomElement(using: &random) else { return }
            if usesFiles && random.chance(60) {
                return random.chance(50) ? export(edge) : carryFile()
            }
            if random.chance(50) {
                note("sync \(edge.a) \(edge.b) at once")
                world.sync(edge)
            } else {
                world.syncs.append(Sync(edge: edge))
                advance(world.syncs.count - 1)
            }
        }

        private mutating func export(_ edge: Edge) {
            let (source, target) = random.chance(50) ? (edge.b, edge.a) : (edge.a, edge.b)
            guard let file = world.export(from: source, to: target) else { return }
            note("node \(source) exports for \(target): \(file.snapshot)")
            files.append(file)
        }

        /// One file is carried out, in any order; most are then thrown away.
        private mutating func carryFile() {
            guard let index = files.indices.randomElement(using: &random) else { return }
            let file = files[index]
            if random.chance(70) { files.remove(at: index) }
            let (source, target) = (file.source.number, file.target)
            let isBusy = world.syncs.contains { Set([$0.edge.a, $0.edge.b]) == [source, target] }
            guard !isBusy else { return }
            let isDone = world.carryOut(file)
            note("node \(target) imports \(file.snapshot) of \(source): \(isDone)")
        }

        private mutating func advance() {
            if world.syncs.isEmpty { return }
            advance(random.below(world.syncs.count))
        }

        private mutating func advance(_ index: Int) {
            var sync = world.syncs.remove(at: index)
            note("sync \(sync.edge.a) \(sync.edge.b), step \(sync.stage)")
            if !world.advance(&sync) { world.syncs.append(sync) }
        }

        private mutating func crash() {
            if world.syncs.isEmpty { return }
            let sync = world.syncs.remove(at: random.below(world.syncs.count))
            note("sync \(sync.edge.a) \(sync.edge.b) dies before step \(sync.stage)")
            world.crash(sync)
        }

        /// Forgets the log that every neighbour has, unless a new one has not answered yet.
        private mutating func purge(_ number: Int) {
            let neighbours = world.edges.compactMap { edge in
                edge.a == number ? edge.b : edge.b == number ? edge.a : nil
            }
            if dies {
                let gone = world.dead.keys.filter { world.nodes[number].received[$0] != nil }
                note("node \(number) purges its log of what it has looked at")
                return world.nodes[number].purge(neighbours: neighbours + gone, age: keep)
            }
            let watermarks = neighbours.compactMap { world.nodes[$0].received[number] }
            if neighbours.isEmpty || watermarks.count < neighbours.count { return }
            note("node \(number) purges its log")
            for (neighbour, heard) in zip(neighbours, watermarks) {
                world.nodes[number].acknowledged[neighbour] = heard
            }
            world.nodes[number].purge(seenBy: watermarks)
        }

        private mutating func link() {
            guard let index = unlinked.indices.randomElement(using: &random) else { return }
            let edge = unlinked.remove(at: index)
            note("link \(edge.a) \(edge.b)")
            world.edges.append(edge)
        }

        private mutating func kill() {
            let candidates = world.living.map(\.number).filter { number in
                !unlinked.contains { $0.a == number || $0.b == number }
            }
            guard world.living.count > 2, let number = candidates.randomElement(using: &random)
            else { return }
            note("node \(number) dies")
            world.kill(number)
        }

        private mutating func graft() {
            // No agent is on an edge of either.
            let busy = Set(world.syncs.flatMap { [$0.edge.a, $0.edge.b] })
            let missing = world.missingEdges.filter {
                !busy.contains($0.0.a) && !busy.contains($0.0.b)
            }
            guard let (edge, dead) = missing.randomElement(using: &random) else { return }
            let before = world.grafts
            world.graft(edge, dead: dead)
            let isExact = world.grafts > before
            note("graft \(edge.a) \(edge.b): \(isExact ? "from the logs" : "anew")")
        }
    }
}
