extension Model {
    /// What the checker found wrong at the end of a history.
    enum Failure: Hashable {
        case diverged
        case neverQuiet
        case lost(Int)
        case resurrected(Int)
        case misnamed(node: Int, key: Int)

        /// What went wrong, without where.
        var kind: String {
            switch self {
            case .diverged: "diverged"
            case .neverQuiet: "never quiet"
            case .lost: "lost"
            case .resurrected: "resurrected"
            case .misnamed: "misnamed"
            }
        }
    }

    struct Edge: Equatable {
        let a: Int
        let b: Int
    }

    /// A sync under way: what it has read and not yet applied, or nothing between its directions.
    struct Sync {
        let edge: Edge
        /// 0: A is to be read, 1: B to be written, 2: B to be read, 3: A to be written.
        var stage = 0
        var parcel: Parcel?
        /// `doneTooEarly` only: A's watermark before it was written too early.
        var early: Snapshot?
    }

    /// All nodes, the edges between them, and the syncs under way.
    struct World {
        var nodes: [Node]
        var edges: [Edge]
        var syncs: [Sync] = []
        var truth = Truth()
        var time = 0
        /// A delete then may bear the name of a truncate or of the entry before it: either will do.
        var hasTruncated = false
        let policy: Policy
        let variant: Variant?
        /// Rows moved and entries logged so far: neither may grow once all is quiet.
        private(set) var work = 0
        private(set) var misnamed: Set<Failure> = []

        init(nodes: [Node], edges: [Edge], policy: Policy, variant: Variant?) {
            self.nodes = nodes
            self.edges = edges
            self.policy = policy
            self.variant = variant
        }

        /// Takes a sync one step further; true when it is done.
        mutating func advance(_ sync: inout Sync) -> Bool {
            let isWayBack = sync.stage >= 2
            let source = isWayBack ? sync.edge.b : sync.edge.a
            let target = isWayBack ? sync.edge.a : sync.edge.b
            if let parcel = sync.parcel {
                apply(parcel, to: target)
                sync.parcel = nil
                if variant == .doneTooEarly && !isWayBack {
                    sync.early = nodes[source].received[target]
                    nodes[source].received[target] = nodes[target].snapshot(variant)
                }
            } else {
                if let early = sync.early { nodes[target].received[source] = early }
                let parcel = Parcel(from: nodes[source], to: &nodes[target], variant: variant)
                checkNames(parcel)
                sync.parcel = parcel
            }
            sync.stage += 1
            return sync.stage == 4
        }

        private mutating func apply(_ parcel: Parcel, to number: Int) {
            var direction = Direction(
                parcel, into: nodes[number], policy: policy, variant: variant, time: time,
                truth: truth)
            direction.run()
            nodes[number] = direction.target
            truth = direction.truth
            work += direction.rowsMoved + direction.entriesLogged
        }

        /// A row that is offered under another row's name may win or lose where it should not.
        private mutating func checkNames(_ parcel: Parcel) {
            for (key, offer) in parcel.offers.enumerated() {
                guard let offer, !hasTruncated || offer.cell.content != nil else { continue }
                if !truth.names(offer.cell, as: offer.version) {
                    misnamed.insert(.misnamed(node: parcel.source, key: key))
                }
            }
        }

        /// The agent died: the target rolls back, and nothing else has happened.
        mutating func crash(_ sync: Sync) {
            guard let parcel = sync.parcel else { return }
            let target = sync.stage >= 2 ? sync.edge.a : sync.edge.b
            nodes[target].directions.removeAll { $0 == parcel.xid }
        }

        /// Both directions of an edge, with nothing in between.
        mutating func sync(_ edge: Edge) {
            var sync = Sync(edge: edge)
            while !advance(&sync) { time += 3 }
        }

        /// Syncs all edges until nothing moves and nothing is logged; false if that never comes.
        mutating func settle() -> Bool {
            for index in nodes.indices {
                for transaction in nodes[index].open {
                    nodes[index].commit(transaction.xid, truth: &truth)
                }
            }
            for _ in 0..<(2 * nodes.count + 4) {
                let before = (work, nodes.map(\.received))
                for edge in edges { sync(edge) }
                if before.0 == work && before.1 == nodes.map(\.received) { return true }
            }
            return false
        }

        /// Judges the end of a history by the ground truth.
        func failures(isQuiet: Bool) -> Set<Failure> {
            var found = misnamed
            if !isQuiet { found.insert(.neverQuiet) }
            let final = nodes[1].rows
            if nodes[1...].contains(where: { $0.rows.map(\.content) != final.map(\.content) }) {
                found.insert(.diverged)
            }
            if found.contains(.diverged) { return found }
            let recorded = Set(nodes.flatMap(\.recorded))
            for change in truth.lost(final: final, recorded: recorded) {
                found.insert(.lost(change))
            }
            for key in truth.resurrected(final: final)
            where final[key].content != nil || !hasTruncated { found.insert(.resurrected(key)) }
            return found
        }
    }
}
