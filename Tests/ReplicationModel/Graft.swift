extension Model {
    /// What a node knew of a neighbour when it took something over from it.
    struct Level {
        let neighbour: Int
        /// The neighbour's snapshot.
        let received: Snapshot
        /// What the neighbour had applied of this node's log in that snapshot.
        let acknowledged: Snapshot?
        /// And of the logs of its other neighbours.
        let beyond: [Int: Snapshot]
        /// This node's transaction.
        let xid: Int

        /// Two nodes that begin alike.
        init(with neighbour: Node, _ node: Node) {
            self.neighbour = neighbour.number
            received = neighbour.snapshot(nil)
            acknowledged = node.snapshot(nil)
            beyond = [:]
            xid = 0
        }

        init(_ parcel: Parcel) {
            neighbour = parcel.source
            received = parcel.snapshot
            acknowledged = parcel.applied
            beyond = parcel.beyond
            xid = parcel.xid
        }
    }

    /// A version of a key.
    struct Met: Hashable {
        let key: Int
        let version: Version
    }
}

extension Model.Snapshot {
    /// Whether it shows all that another snapshot of the same node shows.
    func covers(_ other: Model.Snapshot?) -> Bool {
        guard let other else { return true }
        return xmax >= other.xmax && !inProgress.contains(where: other.sees)
    }

    /// What both show.
    func both(_ other: Model.Snapshot) -> Model.Snapshot {
        Model.Snapshot(xmax: min(xmax, other.xmax), inProgress: inProgress + other.inProgress)
    }
}

extension Model.Node {
    /// Notes what all neighbours have, and forgets what they had so many times ago.
    mutating func purge(neighbours: [Int], age: Int) {
        var common: Model.Snapshot?
        for neighbour in neighbours {
            guard let has = acknowledged[neighbour] else { return }
            common = common.map { $0.both(has) } ?? has
        }
        guard let common else { return }
        horizons.append(common)
        guard horizons.count > age else { return }
        let old = horizons[horizons.count - 1 - age].both(common)
        purge(seenBy: [old])
        purgedTo = old
    }

    /// Whether this node has seen a version.
    fileprivate func hasSeen(
        _ key: Int, _ version: Model.Version, _ variant: Model.Variant?
    ) -> Bool {
        version.origin == number
            || log.contains { $0.key == key && $0.version == version }
            || truncates.contains { $0.version == version }
            || variant != .graftUnmet && met.contains(Model.Met(key: key, version: version))
    }

    /// Sees to it that what another node has seen is not for it, and what was for the dead node alone
    /// is.
    fileprivate mutating func settle(
        for other: Model.Node, beyond seen: Model.Snapshot, insteadOf dead: Int,
        _ variant: Model.Variant?
    ) {
        var settled: [Model.Entry] = []
        for entry in log {
            settled.append(entry)
            guard !seen.sees(entry.xid) else { continue }
            if entry.via == .only(dead) {
                var copy = entry
                copy.via = .only(other.number)
                settled.append(copy)
            }
            guard entry.via == .neighbour(dead),
                isKnown(entry.key, entry.version, entry.xid, to: other, dead, variant)
            else { continue }
            settled[settled.count - 1].via = .neighbour(other.number)
        }
        log = settled
    }

    private func isKnown(
        _ key: Int, _ version: Model.Version, _ xid: Int, to other: Model.Node, _ dead: Int,
        _ variant: Model.Variant?
    ) -> Bool {
        switch variant {
        case .graftSendsAll: false
        case .graftSendsOwn: true
        default: other.hasSeen(key, version, variant) || hadLevel(xid, at: other, dead)
        }
    }

    /// Whether the other node has heard all that the dead one said when it brought an entry here.
    private func hadLevel(_ xid: Int, at other: Model.Node, _ dead: Int) -> Bool {
        guard let mine = levels.first(where: { $0.neighbour == dead && $0.xid >= xid }),
            let theirs = other.levels.last(where: { $0.neighbour == dead })
        else { return false }
        return theirs.received.covers(mine.received)
    }

    fileprivate func isPending(_ key: Int, for other: Int, beyond seen: Model.Snapshot) -> Bool {
        log.contains { $0.key == key && $0.via.isPending(for: other) && !seen.sees($0.xid) }
    }

    fileprivate func newest(_ key: Int, beyond base: Model.Snapshot) -> Model.Version? {
        log.filter { $0.key == key && !base.sees($0.xid) }.map(\.version).max()
    }

    fileprivate mutating func tell(_ key: Int, _ version: Model.Version, to other: Int) {
        log.append(Model.Entry(xid: takeXid(), key: key, version: version, via: .only(other)))
    }
}

extension Model.World {
    /// A node is no more, and with it what only it had.
    mutating func kill(_ number: Int) {
        for sync in syncs where sync.edge.a == number || sync.edge.b == number { crash(sync) }
        syncs.removeAll { $0.edge.a == number || $0.edge.b == number }
        dead[number] = neighbours(of: number)
        edges.removeAll { $0.a == number || $0.b == number }
        let known = living.reduce(into: Set<Int>()) { known, node in
            for row in node.rows { known.formUnion(row.standing) }
            known.formUnion(node.recorded)
        }
        let lineage = truth.lineage(of: Array(known))
        let gone = Set(nodes[number].rows.flatMap(\.standing)).union(nodes[number].recorded)
        truth.forget(truth.lineage(of: Array(gone)).subtracting(lineage))
    }

    func neighbours(of number: Int) -> [Int] {
        edges.compactMap { edge in
            edge.a == number ? edge.b : edge.b == number ? edge.a : nil
        }
    }

    /// The edges that would join what the dead nodes have left apart.
    var missingEdges: [(Model.Edge, dead: Int)] {
        dead.sorted { $0.key < $1.key }.flatMap { number, neighbours in
            neighbours.flatMap { a in
                neighbours.filter { c in
                    a != c && dead[a] == nil && dead[c] == nil && !isJoined(a, c)
                }.map { (Model.Edge(a: a, b: $0), dead: number) }
            }
        }
    }

    /// The same where several died that were neighbours.
    var missingFarEdges: [Model.Edge] {
        let first = living[0].number
        return living.map(\.number).filter { !isJoined(first, $0) }.map { other in
            Model.Edge(a: first, b: other)
        }
    }

    private func isJoined(_ a: Int, _ c: Int) -> Bool {
        var reached: Set = [a]
        var frontier = [a]
        while let node = frontier.popLast() {
            for next in neighbours(of: node) where reached.insert(next).inserted {
                frontier.append(next)
            }
        }
        return reached.contains(c)
    }

    /// Joins two neighbours of a dead node. Where the logs do not tell what each has of the other's,
    /// it is a new edge, over which all is compared.
    mutating func graft(_ edge: Model.Edge, dead: Int) {
        let (a, c) = (edge.a, edge.b)
        let seen = (ofA: seen(a, at: c, dead), ofC: seen(c, at: a, dead))
        let window = window(a, c, dead) ?? window(c, a, dead).map { ($0.1, $0.0) }
        let isFirst = graftsOf[dead] == nil
        for (node, other) in [(a, c), (c, a)] { nodes[node].forget(other) }
        edges.append(edge)
        defer {
            for node in [a, c] {
                nodes[node].forget(dead)
                nodes[node].levels.removeAll { $0.neighbour == dead }
            }
        }
        graftsOf[dead, default: 0] += 1
        guard let ofA = seen.ofA, let ofC = seen.ofC, let window, isFirst else {
            merges += 1
            return
        }
        let before = (nodes[a], nodes[c])
        nodes[a].settle(for: before.1, beyond: ofA, insteadOf: dead, rules.variant)
        nodes[c].settle(for: before.0, beyond: ofC, insteadOf: dead, rules.variant)
        tellDoubtful(a, c, since: window, beyond: (ofA, ofC))
        (nodes[a].received[c], nodes[c].received[a]) = (ofC, ofA)
        (nodes[a].acknowledged[c], nodes[c].acknowledged[a]) = (ofA, ofC)
        grafts += 1
        sync(edge)
    }

    /// Sees to it that rows which differ are sent, where the logs name them and nothing is pending. A delete
    /// of a row that was not there has left no entry: who never had the row tells who has it.
    private mutating func tellDoubtful(
        _ a: Int, _ c: Int, since: (Model.Snapshot, Model.Snapshot),
        beyond: (ofA: Model.Snapshot, ofC: Model.Snapshot)
    ) {
        if rules.variant == .graftUntold { return }
        for key in nodes[a].rows.indices
        where nodes[a].rows[key].content != nodes[c].rows[key].content
            && !nodes[a].isPending(key, for: c, beyond: beyond.ofA)
            && !nodes[c].isPending(key, for: a, beyond: beyond.ofC)
        {
            let named = (
                nodes[a].newest(key, beyond: since.0), nodes[c].newest(key, beyond: since.1)
            )
            switch named {
            case (nil, nil): break
            case (let version?, nil) where nodes[c].rows[key].content == nil:
                tellAbsence(of: key, from: c, to: a, after: version)
            case (nil, let version?) where nodes[a].rows[key].content == nil:
                tellAbsence(of: key, from: a, to: c, after: version)
            case (let ofA, let ofC):
                if let ofA { nodes[a].tell(key, ofA, to: c) }
                if let ofC { nodes[c].tell(key, ofC, to: a) }
            }
        }
    }

    /// Nobody remembers the delete's name; it gets one just after the row's.
    private mutating func tellAbsence(
        of key: Int, from node: Int, to other: Int, after version: Model.Version
    ) {
        let name = Model.Version(changedAt: version.changedAt + 1, origin: node)
        let change = truth.note(
            key: key, version: name, overwrote: nodes[other].rows[key].standing)
        truth.excuse([change])
        nodes[node].rows[key].share([change])
        nodes[node].tell(key, name, to: other)
    }

    /// What a node has of another one's log, through the dead one; nil where that cannot be told.
    private func seen(_ node: Int, at other: Int, _ dead: Int) -> Model.Snapshot? {
        let (here, there) = (nodes[node], nodes[other])
        guard let level = there.levels.last(where: { $0.neighbour == dead }),
            let seen = rules.variant == .graftFromDead
                ? here.acknowledged[dead] : level.beyond[node],
            here.quarantine[dead] == nil
        else { return nil }
        return seen
    }

    /// Since when the logs of two nodes name all that they do not have in common.
    private func window(
        _ a: Int, _ c: Int, _ dead: Int
    ) -> (Model.Snapshot, Model.Snapshot)? {
        let level = { [nodes] (node: Int, before: Model.Level) in
            nodes[node].levels.last {
                $0.neighbour == dead && before.received.covers($0.received)
            }
        }
        guard let last = nodes[a].levels.last(where: { $0.neighbour == dead }),
            let middle = level(c, last), let first = level(a, middle),
            let ofA = first.acknowledged, let ofC = first.beyond[c],
            ofA.covers(nodes[a].purgedTo) && ofC.covers(nodes[c].purgedTo)
                || rules.variant == .graftPurged,
            // What a TRUNCATE takes depends on what else its target has; let all be compared.
            nodes[a].truncates.allSatisfy({ ofA.sees($0.xid) }),
            nodes[c].truncates.allSatisfy({ ofC.sees($0.xid) })
        else { return nil }
        return (ofA, ofC)
    }
}

extension Model.Direction {
    /// Notes a conflict where one side had seen the other's change.
    mutating func judgeConflict(_ theirs: Model.Cell, _ mine: Model.Cell) {
        guard !parcel.isFirst, !theirs.standing.isEmpty, !mine.standing.isEmpty else { return }
        let isSeen = { [truth] (one: Model.Cell, other: Model.Cell) in
            let lineage = truth.lineage(of: other.standing)
            return one.standing.allSatisfy(lineage.contains)
        }
        if isSeen(theirs, mine) || isSeen(mine, theirs) {
            falseConflicts.insert(.falseConflict(key: 0))
        }
    }
}
