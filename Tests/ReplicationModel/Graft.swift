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

    struct Absent { let key: Int; let version: Version; let xid: Int; let from: Int }
    /// A version of a key.
    struct Met: Hashable {
        let key: Int
        let version: Version

        /// A TRUNCATE is of every key.
        static let all = -1
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
    /// Whether nothing waits here from a neighbour, or for it alone: then how far its log is applied
    /// is all there is to know.
    func hasToldAll(_ neighbour: Int) -> Bool {
        guard quarantine[neighbour] == nil else { return false }
        guard let told = told[neighbour] else { return true }
        return acknowledged[neighbour]?.sees(told) == true
    }

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
        met = met.filter { _ in age > 0 }
        purgedTo = old
    }

    /// Whether this node has seen a version.
    fileprivate func hasSeen(
        _ key: Int, _ version: Model.Version, _ variant: Model.Variant?
    ) -> Bool {
        let names = [key, Model.Met.all].map { Model.Met(key: $0, version: version) }
        return version.origin == number
            || log.contains { $0.key == key && $0.version == version }
            // A TRUNCATE travels as an event, and from where it meets other changes as deletes.
            || truncates.contains { $0.version == version }
            || variant != .graftUnmet && names.contains(where: met.contains)
    }

    /// The newest snapshot of a neighbour that was applied here before what a snapshot of this node
    /// shows.
    fileprivate func base(of neighbour: Int, before seen: Model.Snapshot) -> Model.Snapshot? {
        levels.last { $0.neighbour == neighbour && seen.sees($0.xid) }?.received
    }

    /// Whether this node still knows all that it has seen since a snapshot of a neighbour's.
    fileprivate func remembers(_ neighbour: Int, since base: Model.Snapshot) -> Bool {
        let level = levels.last { $0.neighbour == neighbour && base.covers($0.received) }
        return level?.acknowledged?.covers(purgedTo) == true
    }

    /// Sees to it that what another node has seen is not for it, and what was for the dead node alone
    /// is.
    fileprivate mutating func settle(
        for other: Model.Node, beyond seen: Model.Snapshot, insteadOf dead: Int, others: [Int],
        _ variant: Model.Variant?
    ) {
        var settled: [Model.Entry] = []
        for entry in log {
            settled.append(entry)
            guard !seen.sees(entry.xid) else { continue }
            if entry.via == .only(dead), variant != .graftLeavesOnly {
                var copy = entry
                copy.via = .only(other.number)
                settled.append(copy)
            }
            guard entry.via.isPending(for: other.number),
                ((isKnown(entry.key, entry.version, entry.via, to: other, dead, variant)
                    || hadLevel(entry.via, entry.xid, at: other, dead)))
            else { continue }
            settled.removeLast()
            settled += vias(entry.via, entry.xid, but: other.number, dead, others).map { via in
                var entry = entry
                entry.via = via
                return entry
            }
        }
        if settled.contains(where: { $0.via == .only(other.number) }) {
            told[other.number] = takeXid()
        }
        log = settled
        truncates = truncates.flatMap { event -> [Model.Truncate] in
            guard !seen.sees(event.xid), event.via.isPending(for: other.number),
                ((isKnown(Model.Met.all, event.version, event.via, to: other, dead, variant)
                    || hadLevel(event.via, event.xid, at: other, dead)))
            else { return [event] }
            return vias(event.via, event.xid, but: other.number, dead, others).map { via in
                var event = event
                event.via = via
                return event
            }
        }
    }

    /// A delete of what was not here left no entry; who has the row must be told.
    fileprivate mutating func tellAbsent(
        _ other: Model.Node, _ dead: Int, _ variant: Model.Variant?
    ) {
        for met in absent
        where rows[met.key].content == nil && met.from != other.number
            && !log.contains(where: {
                $0.key == met.key && ($0.xid > met.xid || $0.version > met.version)
            })
        {
            guard !(met.from == dead && hadLevel(.neighbour(dead), met.xid, at: other, dead)),
                !other.hasSeen(met.key, met.version, variant)
            else { continue }
            let xid = takeXid()
            log.append(
                Model.Entry(xid: xid, key: met.key, version: met.version, via: .only(other.number)))
            told[other.number] = xid
        }
    }

    private func hadLevel(_ via: Model.Via, _ xid: Int, at other: Model.Node, _ dead: Int) -> Bool {
        guard case .neighbour(let from) = via,
            let mine = levels.last(where: { $0.neighbour == from && $0.xid == xid })
        else { return false }
        return other.levels.contains { level in
            (level.neighbour == from && level.received.covers(mine.received))
                || level.beyond[from]?.covers(mine.received) == true
        }
    }

    private func isKnown(
        _ key: Int, _ version: Model.Version, _ via: Model.Via, to other: Model.Node, _ dead: Int,
        _ variant: Model.Variant?
    ) -> Bool {
        switch variant {
        case .graftSendsAll: false
        case .graftSendsOwn where via == .neighbour(dead): true
        default: other.hasSeen(key, version, variant)
        }
    }

    /// For whom an entry still is when one more node has it.
    private func vias(
        _ via: Model.Via, _ xid: Int, but other: Int, _ dead: Int, _ others: [Int]
    ) -> [Model.Via] {
        if via == .neighbour(dead) { return [.neighbour(other)] }
        let rest = others.filter { neighbour in
            neighbour != other && via.isPending(for: neighbour)
                && acknowledged[neighbour]?.sees(xid) != true
        }
        return [.nobody] + rest.map { .only($0) }
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
        for (node, other) in [(a, c), (c, a)] { nodes[node].forget(other) }
        edges.append(edge)
        defer { for node in [a, c] { nodes[node].forget(dead) } }
        guard let ofA = seen.ofA, let ofC = seen.ofC else {
            merges += 1
            return
        }
        let before = (nodes[a], nodes[c])
        nodes[a].settle(
            for: before.1, beyond: ofA, insteadOf: dead, others: neighbours(of: a), rules.variant)
        nodes[c].settle(
            for: before.0, beyond: ofC, insteadOf: dead, others: neighbours(of: c), rules.variant)
        nodes[c].tellAbsent(before.0, dead, rules.variant)
        nodes[a].tellAbsent(before.1, dead, rules.variant)
        (nodes[a].received[c], nodes[c].received[a]) = (ofC, ofA)
        (nodes[a].acknowledged[c], nodes[c].acknowledged[a]) = (ofA, ofC)
        grafts += 1
        graftsOf[dead, default: 0] += 1
        sync(edge)
    }

    /// What a node has of another one's log, through the dead one; nil where that cannot be told.
    private func seen(_ node: Int, at other: Int, _ dead: Int) -> Model.Snapshot? {
        let (here, there) = (nodes[node], nodes[other])
        guard let level = there.levels.last(where: { $0.neighbour == dead }),
            let seen = rules.variant == .graftFromDead
                ? here.acknowledged[dead] : level.beyond[node],
            here.quarantine[dead] == nil,
            // What a TRUNCATE takes depends on what else its target has; let all be compared.
            here.truncates.allSatisfy({ seen.sees($0.xid) }),
            seen.covers(here.purgedTo) || rules.variant == .graftPurged,
            let base = here.base(of: dead, before: seen),
            there.remembers(dead, since: base) || rules.variant == .graftWindow
        else { return nil }
        return seen
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
