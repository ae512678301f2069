extension Model {
    /// One thing that can happen in a history.
    enum Step: Hashable {
        /// A user's transaction, committed at once. Several writes: as ON DELETE CASCADE makes them.
        case write(node: Int, [Int: Int?])
        /// A user's transaction that takes its xid and its time now, and commits later.
        case begin(node: Int, key: Int, content: Int?)
        case commit(node: Int)
        /// One direction, whole.
        case move(from: Int, to: Int)
        /// A direction whose agent dies after the source's offer and before the target's commit.
        case die(from: Int, to: Int)
        /// A copy of the node's files is made; only one is kept.
        case backUp(node: Int)
        case restore(node: Int)
        /// Both sides of an edge forget how far they have come.
        case rejoin(Int, Int)
        /// The node forgets the log that all its neighbours have.
        case purge(node: Int)
        /// The node drops the constraint that only it has.
        case relax(node: Int)
    }
}

extension Model.World {
    /// Does one step.
    mutating func take(_ step: Model.Step) {
        time += 3
        switch step {
        case .write(let node, let writes):
            let xid = nodes[node].takeXid()
            nodes[node].open.append(Model.Transaction(xid: xid))
            for (key, content) in writes.sorted(by: { $0.key < $1.key }) {
                nodes[node].write(key, content, in: xid, time: time)
            }
            nodes[node].commit(xid, truth: &truth)
        case .begin(let node, let key, let content):
            let xid = nodes[node].takeXid()
            nodes[node].open.append(Model.Transaction(xid: xid))
            nodes[node].write(key, content, in: xid, time: time)
        case .commit(let node):
            if let open = nodes[node].open.first { nodes[node].commit(open.xid, truth: &truth) }
        case .move(let source, let target): move(from: source, to: target)
        case .die(let source, let target): die(from: source, to: target)
        case .backUp(let node): backup = nodes[node]
        case .restore: restore()
        case .rejoin(let a, let b):
            nodes[a].forget(b)
            nodes[b].forget(a)
            forgotten[a]?.remove(b)
            forgotten[b]?.remove(a)
        case .purge(let node): purge(node)
        case .relax(let node): nodes[node].refused = nil
        }
    }

    /// Whether the sync of an edge is refused, as the two ends do not remember the same past.
    func isRefused(_ a: Int, _ b: Int) -> Bool {
        if rules.variant == .restoreUnnoticed { return false }
        return !nodes[a].knows(nodes[b].marks[a], of: b)
            || !nodes[b].knows(nodes[a].marks[b], of: a)
    }

    private mutating func purge(_ number: Int) {
        let neighbours = edges.compactMap { edge in
            edge.a == number ? edge.b : edge.b == number ? edge.a : nil
        }
        let watermarks = neighbours.compactMap { nodes[$0].received[number] }
        if watermarks.count == neighbours.count { nodes[number].purge(seenBy: watermarks) }
    }

    /// The node's files are replaced by the copy, and what only it knew is gone.
    private mutating func restore() {
        guard let old = backup else { return }
        let now = nodes[old.number]
        let lost = old.nextXid..<max(old.nextXid, now.nextXid)
        forgotten[old.number] = Set(
            nodes.indices.filter { neighbour in
                guard let seen = nodes[neighbour].received[old.number] else { return false }
                return lost.contains(where: seen.sees)
            })
        nodes[old.number] = old
        for transaction in old.open { nodes[old.number].abort(transaction.xid) }
        let others = nodes.reduce(into: Set<Int>()) { known, node in
            for row in node.rows { known.formUnion(row.standing) }
            known.formUnion(node.recorded)
        }
        let lineage = truth.lineage(of: Array(others))
        for row in now.rows { truth.excuse(row.standing.filter { !lineage.contains($0) }) }
        let gone = Set(now.rows.flatMap(\.standing)).union(now.recorded)
        truth.excuse(truth.lineage(of: Array(gone)).subtracting(lineage).sorted())
        backup = nil
        isRestored = true
    }
}

extension Model.Node {
    /// Whether a mark at a neighbour is one that this node remembers.
    fileprivate func knows(_ mark: Int?, of neighbour: Int) -> Bool {
        guard let offer = offers[neighbour] else { return mark == nil }
        return mark == offer.seen || mark == offer.offered
    }
}
