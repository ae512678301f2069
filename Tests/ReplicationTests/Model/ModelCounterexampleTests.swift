import Testing

@testable import ReplicationModel

/// For each rule that random histories seldom need: the smallest history that goes wrong without
/// it, and right with it. Key 0 is the only one.
@Suite("Model counterexamples") struct ModelCounterexampleTests {
    /// A world that is written out by hand.
    struct Script {
        var world: Model.World

        /// Nodes 1 to `skews.count` in a chain, all with `content`, except that the last is linked
        /// only by the first direction when `isLastApart`, and has no row before.
        init(
            skews: [Int], content: Int?, policy: Model.Policy, variant: Model.Variant?,
            isLastApart: Bool = false
        ) {
            var truth = Model.Truth()
            var row = Model.Cell(content: content, standing: [])
            if content != nil {
                let version = Model.Version(changedAt: Model.Version.unlogged, origin: 1)
                row.standing = [truth.note(key: 0, version: version, overwrote: [])]
            }
            var nodes = ([0] + skews).enumerated().map { number, skew in
                Model.Node(number: number, skew: skew, rows: [row])
            }
            if isLastApart {
                nodes[skews.count].rows = [Model.Cell(content: nil, standing: [])]
            }
            let edges = (1..<skews.count).map { Model.Edge(a: $0, b: $0 + 1) }
            for edge in isLastApart ? edges.dropLast() : edges[...] {
                nodes[edge.a].received[edge.b] = nodes[edge.b].snapshot(nil)
                nodes[edge.b].received[edge.a] = nodes[edge.a].snapshot(nil)
            }
            world = Model.World(
                nodes: nodes, edges: edges,
                rules: Model.Rules(policy: policy, variant: variant))
            world.truth = truth
        }

        mutating func begin(_ node: Int) -> Int {
            let xid = world.nodes[node].takeXid()
            world.nodes[node].open.append(Model.Transaction(xid: xid))
            return xid
        }

        mutating func write(_ node: Int, _ content: Int?, in xid: Int) {
            world.time += 3
            world.nodes[node].write(0, content, in: xid, time: world.time)
        }

        mutating func write(_ node: Int, _ content: Int?) {
            let xid = begin(node)
            write(node, content, in: xid)
            world.nodes[node].commit(xid, truth: &world.truth)
        }

        mutating func truncate(_ node: Int) {
            world.time += 3
            world.hasTruncated = true
            let xid = begin(node)
            world.nodes[node].truncate(in: xid, then: [], time: world.time, truth: &world.truth)
        }

        /// One direction; the agent dies before the way back.
        mutating func direction(_ source: Int, _ target: Int) {
            world.time += 3
            var sync = Model.Sync(edge: Model.Edge(a: source, b: target))
            _ = world.advance(&sync)
            _ = world.advance(&sync)
        }

        mutating func failures() -> Set<Model.Failure> {
            let isQuiet = world.settle()
            return world.failures(isQuiet: isQuiet)
        }
    }

    /// A user at 1 deletes a row that 2 tells a new neighbour about. Told to 1 as well, the old row
    /// would be a rival of its own delete, and 2 is trusted most.
    @Test(arguments: [nil, Model.Variant.mergeForAll])
    func mergeIsForTheNewNeighbourAlone(without variant: Model.Variant?) {
        var script = Script(
            skews: [0, 0, 0], content: 1, policy: .priority([2]), variant: variant,
            isLastApart: true)
        script.write(2, 3)
        script.direction(2, 1)
        script.write(1, nil)
        script.direction(3, 2)
        #expect(script.failures().isEmpty == (variant == nil))
    }

    /// 2's row survives the truncate of 1, while a user at 3, who has it from 2, deletes it. If the
    /// truncate travelled on, 2 would have to offer the row to 3 anew, and be trusted.
    @Test(arguments: [nil, Model.Variant.truncateTravels])
    func truncateWithSurvivorsStaysWhereItIs(without variant: Model.Variant?) {
        var script = Script(
            skews: [0, 0, 0], content: nil, policy: .priority([2]), variant: variant)
        script.truncate(1)
        script.write(2, 1)
        script.direction(2, 3)
        script.direction(2, 1)
        script.write(3, nil)
        script.direction(1, 2)
        #expect(script.failures().isEmpty == (variant == nil))
    }

    /// 1's row wins against the truncate of 2, and then a user at 1 deletes it. Nothing that 2 did
    /// stands against that: the truncate has lost already.
    @Test(arguments: [nil, Model.Variant.truncateDeniesSurvivors])
    func survivorsAreNotContestedAgain(without variant: Model.Variant?) {
        var script = Script(skews: [0, 0], content: nil, policy: .function, variant: variant)
        script.truncate(2)
        script.write(1, 2)
        script.direction(1, 2)
        script.write(1, nil)
        script.direction(1, 2)
        #expect(script.failures().isEmpty == (variant == nil))
    }

    /// A user at 2 is inserting a row while 2 learns that 1, whose clock is ahead, made and deleted
    /// it. 3 must not get the row under the name of the delete.
    @Test(arguments: [nil, Model.Variant.absentLogged])
    func deleteOfNothingIsNotLogged(without variant: Model.Variant?) {
        var script = Script(skews: [90, 0, 0], content: nil, policy: .newest, variant: variant)
        script.write(1, 1)
        script.write(1, nil)
        let xid = script.begin(2)
        script.write(2, 2, in: xid)
        script.direction(1, 2)
        script.world.nodes[2].commit(xid, truth: &script.world.truth)
        script.direction(2, 3)
        #expect(script.failures().isEmpty == (variant == nil))
    }

    /// 1 and 2 make the same change, and a user at 2 is already making the next. 3 must not get
    /// that under the name of 1's.
    @Test(arguments: [nil, Model.Variant.equalUnlocked])
    func rowIsLockedToTakeOverItsName(without variant: Model.Variant?) {
        var script = Script(skews: [90, 0, 0], content: 0, policy: .newest, variant: variant)
        script.write(1, 1)
        script.write(2, 1)
        let xid = script.begin(2)
        script.write(2, 2, in: xid)
        script.direction(1, 2)
        script.world.nodes[2].commit(xid, truth: &script.world.truth)
        script.direction(2, 3)
        #expect(script.failures().isEmpty == (variant == nil))
    }

    /// 1's older change wins by trust over 2's, which 3 has. 3 must not hand it to 4 under the name
    /// of the loser.
    @Test(arguments: [nil, Model.Variant.supersedePendingOnly, .rename])
    func olderWinnerReplacesAllEntriesOfItsKey(without variant: Model.Variant?) {
        var script = Script(
            skews: [0, 0, 0, 0], content: nil, policy: .priority([1]), variant: variant)
        script.write(1, 1)
        script.write(2, 2)
        script.direction(2, 3)
        script.direction(1, 2)
        script.direction(2, 3)
        script.direction(3, 4)
        #expect(script.failures().isEmpty == (variant == nil))
    }
}
