extension Model {
    /// Where an exploration begins, and what may happen in it.
    struct Setup {
        let name: String
        var edges = [Edge(a: 1, b: 2), Edge(a: 2, b: 3)]
        /// The edge whose ends differ and have never been synced.
        var newEdge: Int?
        /// The rows that all nodes have, and those of the far side of the new edge.
        var contents: [Int?] = [0, nil]
        var apart: [Int?] = []
        var policy = Policy.newest
        var constraints = Constraints()
        var variant: Variant?
        var skews = [0, 0, 0]
        /// Node and content: what only that node does not allow.
        var refused: [Int: Int] = [:]
        /// What users write, beside deletes.
        var written = [1, 2]
        /// The nodes where users write.
        var writers = [1, 2, 3]
        var writes = 3
        /// How many transactions take their xid and time early.
        var late = 0
        /// How many agents die between offer and commit.
        var deaths = 0
        /// The nodes of which one may go back in time.
        var restored: [Int] = []
        var relaxes = false
        var purges = false

        init(_ name: String, _ change: (inout Setup) -> Void = { _ in }) {
            self.name = name
            change(&self)
        }

        /// Whether a function decides conflicts.
        var isFunction: Bool {
            if case .function = policy { true } else { false }
        }

        /// The world before anything happens.
        func world() -> World {
            var truth = Truth()
            let far = newEdge.map { farSide(of: edges[$0]) } ?? []
            let here = Setup.cells(contents, origin: 1, &truth)
            let there = Setup.cells(far.isEmpty ? [] : apart, origin: 3, &truth)
            let nodes = (0...skews.count).map { number in
                var node = Node(
                    number: number, skew: number == 0 ? 0 : skews[number - 1],
                    rows: far.contains(number) ? there : here)
                node.refused = refused[number]
                return node
            }
            var world = World(
                nodes: nodes, edges: edges,
                rules: Rules(policy: policy, variant: variant, constraints: constraints))
            world.truth = truth
            world.keepsBackups = !restored.isEmpty
            for (index, edge) in edges.enumerated() where index != newEdge {
                world.nodes[edge.a].received[edge.b] = nodes[edge.b].snapshot(nil)
                world.nodes[edge.b].received[edge.a] = nodes[edge.a].snapshot(nil)
            }
            return world
        }

        private static func cells(
            _ contents: [Int?], origin: Int, _ truth: inout Truth
        ) -> [Cell] {
            contents.enumerated().map { key, content in
                guard let content else { return Cell(content: nil, standing: []) }
                let version = Version(changedAt: Version.unlogged, origin: origin)
                return Cell(
                    content: content,
                    standing: [truth.note(key: key, version: version, overwrote: [])])
            }
        }

        /// The nodes beyond an edge, seen from node 1.
        private func farSide(of edge: Edge) -> Set<Int> {
            var near: Set = [1]
            for _ in skews {
                for other in edges where other != edge {
                    if near.contains(other.a) || near.contains(other.b) {
                        near.formUnion([other.a, other.b])
                    }
                }
            }
            return Set(1...skews.count).subtracting(near)
        }
    }

    /// How much of what a setup allows has happened.
    struct Spent: Hashable {
        var writes = 0
        var late = 0
        var deaths = 0

        mutating func count(_ step: Step) {
            switch step {
            case .write: writes += 1
            case .begin:
                writes += 1
                late += 1
            case .die: deaths += 1
            default: break
            }
        }
    }
}

extension Model.Setup {
    /// What can happen next.
    func steps(_ world: Model.World, _ spent: Model.Spent) -> [Model.Step] {
        var steps: [Model.Step] = []
        for edge in edges {
            for (from, to) in [(edge.a, edge.b), (edge.b, edge.a)] {
                if world.isRefused(from, to) {
                    if from < to { steps.append(.rejoin(from, to)) }
                    continue
                }
                steps.append(.move(from: from, to: to))
                if spent.deaths < deaths { steps.append(.die(from: from, to: to)) }
            }
        }
        for node in 1..<world.nodes.count {
            if !world.nodes[node].open.isEmpty { steps.append(.commit(node: node)) }
            if purges && !world.nodes[node].log.isEmpty { steps.append(.purge(node: node)) }
            if relaxes && world.nodes[node].refused != nil { steps.append(.relax(node: node)) }
        }
        if spent.writes < writes {
            for node in writers { addWrites(at: world.nodes[node], spent, to: &steps) }
        }
        for node in restored where !world.isRestored {
            steps.append(world.backup?.number == node ? .restore(node: node) : .backUp(node: node))
        }
        return steps
    }

    private func addWrites(
        at node: Model.Node, _ spent: Model.Spent, to steps: inout [Model.Step]
    ) {
        let contents = node.rows.map(\.content)
        let locked = Set(
            node.open.flatMap(\.writes).flatMap {
                constraints.isNone ? [$0.key] : constraints.related(to: $0.key)
            })
        for key in contents.indices where !locked.contains(key) {
            for content in written.map({ Int?.some($0) }) + [Int?.none]
            where content != contents[key] {
                var after = contents
                after[key] = content
                if constraints.hold(in: after, refused: node.refused) {
                    steps.append(.write(node: node.number, [key: content]))
                    if spent.late < late && node.open.isEmpty {
                        steps.append(.begin(node: node.number, key: key, content: content))
                    }
                }
            }
            addCascade(key, at: node, contents, to: &steps)
        }
    }

    private func addCascade(
        _ key: Int, at node: Model.Node, _ contents: [Int?], to steps: inout [Model.Step]
    ) {
        let children = constraints.children(of: key, in: contents)
        if children.isEmpty || contents[key] == nil || !node.open.isEmpty { return }
        var writes: [Int: Int?] = [key: nil]
        for child in children { writes[child] = .some(nil) }
        steps.append(.write(node: node.number, writes))
    }
}
