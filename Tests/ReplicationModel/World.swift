extension Model {
    /// What the checker found wrong at the end of a history.
    enum Failure: Hashable {
        case diverged
        case neverQuiet
        case lost(Int)
        case resurrected(Int)
        case misnamed(node: Int, key: Int)
        case constraintBroken(node: Int)
        /// A node that went back in time took part in a direction.
        case unnoticed(node: Int)
        /// A sync was refused although no node went back in time.
        case falseAlarm
        /// A key waits in quarantine that could be applied.
        case heldForNothing(node: Int, key: Int)
        case historiesDiffer
        /// A conflict between a change and one that was made after seeing it.
        case falseConflict(key: Int)

        /// What went wrong, without where.
        var kind: String {
            switch self {
            case .diverged: "diverged"
            case .neverQuiet: "never quiet"
            case .lost: "lost"
            case .resurrected: "resurrected"
            case .misnamed: "misnamed"
            case .constraintBroken: "constraint broken"
            case .unnoticed: "unnoticed"
            case .falseAlarm: "false alarm"
            case .heldForNothing: "held for nothing"
            case .historiesDiffer: "histories differ"
            case .falseConflict: "false conflict"
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
        let rules: Rules
        /// Rows moved and entries logged so far: neither may grow once all is quiet.
        private(set) var work = 0
        /// What was wrong on the way.
        private(set) var found: Set<Failure> = []
        private(set) var conflicts = 0
        private var lastMark = 0
        /// How often a person has resolved what waited for him.
        var rounds = 0
        /// A copy of a node's files.
        var backup: Node?
        /// Whether copies are made at all, so that transaction numbers may be used again.
        var keepsBackups = false
        var isRestored = false
        /// The neighbours who have applied what a node does not know of any more since it went back.
        var forgotten: [Int: Set<Int>] = [:]
        /// Nodes that are no more, with the neighbours they had.
        var dead: [Int: [Int]] = [:]
        /// How many dead nodes were replaced by edges that know what both sides have.
        var grafts = 0
        /// How many by edges over which all is compared.
        var merges = 0
        var graftsOf: [Int: Int] = [:]
        var living: [Node] { nodes[1...].filter { dead[$0.number] == nil } }

        init(nodes: [Node], edges: [Edge], rules: Rules) {
            self.nodes = nodes
            self.edges = edges
            self.rules = rules
        }

        /// Takes a sync one step further; true when it is done.
        mutating func advance(_ sync: inout Sync) -> Bool {
            let isWayBack = sync.stage >= 2
            let source = isWayBack ? sync.edge.b : sync.edge.a
            let target = isWayBack ? sync.edge.a : sync.edge.b
            if let parcel = sync.parcel {
                apply(parcel, to: target)
                sync.parcel = nil
                if rules.variant == .doneTooEarly && !isWayBack {
                    sync.early = nodes[source].received[target]
                    nodes[source].received[target] = nodes[target].snapshot(rules.variant)
                }
            } else {
                if let early = sync.early { nodes[target].received[source] = early }
                let parcel = Parcel(from: nodes[source], to: &nodes[target], variant: rules.variant)
                checkNames(parcel)
                sync.parcel = parcel
            }
            sync.stage += 1
            return sync.stage == 4
        }

        mutating func apply(_ parcel: Parcel, to number: Int, isFile: Bool = false) {
            var direction = Direction(
                parcel, into: nodes[number], rules: rules, time: time, truth: truth)
            direction.run()
            if parcel.hasNews, !isFile {
                offer(parcel.source, to: number)
                nodes[parcel.source].synced[number] = parcel.snapshot
            }
            if forgotten[parcel.source]?.contains(number) == true {
                found.insert(.unnoticed(node: parcel.source))
            }
            let mark = nodes[number].marks[parcel.source]
            nodes[number] = direction.target
            nodes[number].marks[parcel.source] = mark
            truth = direction.truth
            work += direction.rowsMoved + direction.entriesLogged
            conflicts += direction.conflicts
            // Where all is emptied there are some without any death, too.
            if !dead.isEmpty { found.formUnion(direction.falseConflicts) }
            let contents = nodes[number].rows.map(\.content)
            if !rules.constraints.hold(in: contents, refused: nodes[number].refused) {
                found.insert(.constraintBroken(node: number))
            }
        }

        /// The mark that the source commits before the target commits that it has its state.
        private mutating func offer(_ source: Int, to target: Int) {
            lastMark += 1
            nodes[source].offers[target] = Offered(
                seen: nodes[target].marks[source], offered: lastMark)
            _ = nodes[source].takeXid()
            nodes[target].marks[source] = lastMark
        }

        /// A row that is offered under another row's name may win or lose where it should not.
        private mutating func checkNames(_ parcel: Parcel) {
            for (key, offer) in parcel.offers.enumerated() {
                guard let offer, !offer.isAgain, !hasTruncated || offer.cell.content != nil else {
                    continue
                }
                if !truth.names(offer.cell, as: offer.version) {
                    found.insert(.misnamed(node: parcel.source, key: key))
                }
            }
        }

        /// The agent died: the target rolls back, and nothing else has happened.
        mutating func crash(_ sync: Sync) {
            guard let parcel = sync.parcel else { return }
            let target = sync.stage >= 2 ? sync.edge.a : sync.edge.b
            nodes[target].directions.removeAll { $0 == parcel.xid }
        }

        /// One direction, with nothing in between; refused where a node went back in time.
        mutating func move(from source: Int, to target: Int) {
            if isRefused(source, target) { return }
            let before = self
            var sync = Sync(edge: Edge(a: source, b: target))
            _ = advance(&sync)
            let isNews = sync.parcel?.hasNews == true
            _ = advance(&sync)
            let isSame = before.nodes[target].quarantine == nodes[target].quarantine
            if !isNews && isSame && before.work == work { self = before }
        }

        /// A direction of which only the source's offer comes to be.
        mutating func die(from source: Int, to target: Int) {
            if isRefused(source, target) { return }
            var sync = Sync(edge: Edge(a: source, b: target))
            _ = advance(&sync)
            guard let parcel = sync.parcel, parcel.hasNews else { return crash(sync) }
            if rules.variant == .offerAfterCommit {
                let remembered = nodes[source].offers[target]
                _ = advance(&sync)
                nodes[source].offers[target] = remembered
                return
            }
            let mark = nodes[target].marks[source]
            offer(source, to: target)
            nodes[target].marks[source] = mark
            crash(sync)
        }

        /// Both directions of an edge, with nothing in between.
        mutating func sync(_ edge: Edge) {
            var sync = Sync(edge: edge)
            while !advance(&sync) { time += 3 }
        }

        /// Syncs all edges until nothing moves and nothing is logged; false if that never comes.
        mutating func settle() -> Bool {
            for index in nodes.indices where dead[index] == nil {
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

        mutating func note(_ failure: Failure) {
            found.insert(failure)
        }

        /// Judges the end of a history by the ground truth.
        func failures(isQuiet: Bool) -> Set<Failure> {
            var found = self.found
            if !isQuiet { found.insert(.neverQuiet) }
            let nodes = living
            let final = nodes[0].rows
            let held = Set(nodes.flatMap { $0.quarantine.values.flatMap(\.keys) })
            for key in final.indices where !held.contains(key) {
                if nodes.contains(where: { $0.rows[key].content != final[key].content }) {
                    found.insert(.diverged)
                }
            }
            if nodes.contains(where: { $0.recorded != nodes[0].recorded }) {
                found.insert(.historiesDiffer)
            }
            if !held.isEmpty { return found }
            if found.contains(.diverged) { return found }
            let recorded = nodes.reduce(into: Set()) { $0.formUnion($1.recorded) }
            for change in truth.lost(final: final, recorded: recorded) {
                found.insert(.lost(change))
            }
            for key in truth.resurrected(final: final)
            where final[key].content != nil || !hasTruncated { found.insert(.resurrected(key)) }
            return found
        }
    }
}
