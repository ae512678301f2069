extension Model {
    /// A state of the world by what can still matter, in 128 bits: times by their order alone,
    /// changes by name, log entries by who has seen them.
    struct Fingerprint: Hashable {
        private(set) var high: UInt64 = 0x9E37_79B9_7F4A_7C15
        private(set) var low: UInt64 = 0xC2B2_AE3D_27D4_EB4F

        mutating func mix(_ value: Int) {
            let bits = UInt64(bitPattern: Int64(value))
            low = (low ^ bits) &* 0xBF58_476D_1CE4_E5B9
            low ^= low >> 29
            high = (high ^ (low &+ bits)) &* 0x94D0_49BB_1331_11EB
            high ^= high >> 32
        }

        mutating func mix(_ value: Int?) { mix(value ?? -7) }

        init(_ world: World) {
            let names = Names(world)
            for change in names.order { mix(change, names, world) }
            for node in world.nodes.dropFirst() { mix(node, names, world) }
            mix(world.isRestored ? 1 : 0)
            if let backup = world.backup { mix(backup, names, world) }
            for (number, neighbours) in world.forgotten.sorted(by: { $0.key < $1.key }) {
                mix(number)
                for neighbour in neighbours.sorted() { mix(neighbour) }
            }
            for failure in world.found { low &+= UInt64(bitPattern: Int64(failure.hashValue)) }
        }

        private mutating func mix(_ change: Int, _ names: Names, _ world: World) {
            let fact = world.truth.changes[change]
            mix(fact.key)
            mix(names.time(fact.version, fact.key))
            mix(fact.version.origin)
            for old in names.sorted(fact.overwrote) { mix(old) }
            mix(names.number[world.truth.representative(change)])
            mix(world.truth.excused.contains(change) ? 1 : 0)
        }

        private mutating func mix(_ node: Node, _ names: Names, _ world: World) {
            mix(-100 - node.number)
            for row in node.rows {
                mix(row.content)
                for change in names.sorted(row.standing) { mix(change) }
                mix(-1)
            }
            for entry in names.entries(node, world) { for part in entry { mix(part) } }
            mix(-2)
            for change in names.sorted(Array(node.recorded)) { mix(change) }
            for other in 1..<world.nodes.count {
                mix((node.received[other] == nil ? 0 : 1) + (node.wayBack[other] == nil ? 0 : 2))
                for (key, version) in (node.quarantine[other] ?? [:]).sorted(by: { $0.key < $1.key }
                ) {
                    mix(key)
                    mix(names.time(version, key))
                    mix(version.origin)
                }
                mix(names.relation(of: node, to: other, world))
            }
            for transaction in node.open {
                for write in transaction.writes {
                    mix(write.key)
                    mix(write.content)
                    mix(names.time(write.version, write.key))
                }
            }
            mix(node.refused)
            if names.isClockRanked { mix(names.time(node.now(world.time), 0)) }
            if names.isRaw { mixRaw(node) }
        }

        /// Where transaction numbers may be used again they count as they are.
        private mutating func mixRaw(_ node: Node) {
            mix(node.nextXid)
            for (other, snapshot) in node.received.sorted(by: { $0.key < $1.key }) {
                mix(other)
                mix(snapshot.xmax)
                for xid in snapshot.inProgress { mix(xid) }
            }
            for entry in node.log { mix(entry.xid) }
        }
    }
}

extension Model.Fingerprint {
    /// Names for changes and times that do not depend on the order in which things were noted.
    fileprivate struct Names {
        /// All changes, in the order of their keys and versions.
        let order: [Int]
        /// The place of each change in that order.
        private(set) var number: [Int]
        private var times: [[Int]] = []
        private let isOneGroup: Bool
        /// Whether clocks differ, so that where each stands must be known.
        let isClockRanked: Bool
        let isRaw: Bool

        init(_ world: Model.World) {
            let changes = world.truth.changes
            order = changes.indices.sorted { one, other in
                (changes[one].key, changes[one].version, one)
                    < (changes[other].key, changes[other].version, other)
            }
            number = Array(repeating: 0, count: order.count)
            for (place, change) in order.enumerated() { number[change] = place }
            isClockRanked = world.nodes.contains { $0.skew != 0 }
            isRaw = world.keepsBackups
            isOneGroup = isClockRanked || !world.rules.constraints.isNone
            times = Array(repeating: [], count: isOneGroup ? 1 : world.nodes[1].rows.count)
            for change in changes { add(change.version, change.key) }
            for node in world.nodes.dropFirst() {
                for entry in node.log { add(entry.version, entry.key) }
                for held in node.quarantine.values {
                    for (key, version) in held { add(version, key) }
                }
                for write in node.open.flatMap(\.writes) { add(write.version, write.key) }
                if isClockRanked { add(node.now(world.time), 0) }
            }
            for entry in world.backup?.log ?? [] { add(entry.version, entry.key) }
            for group in times.indices { times[group] = Array(Set(times[group])).sorted() }
        }

        private mutating func add(_ version: Model.Version, _ key: Int) {
            times[isOneGroup ? 0 : key].append(version.changedAt)
        }

        func time(_ version: Model.Version, _ key: Int) -> Int {
            times[isOneGroup ? 0 : key].firstIndex(of: version.changedAt) ?? -1
        }

        func sorted(_ changes: [Int]) -> [Int] { changes.map { number[$0] }.sorted() }

        /// The log: each entry with a bit for each snapshot that shows it.
        func entries(_ node: Model.Node, _ world: Model.World) -> [[Int]] {
            node.log.map { entry in
                var seen = 0
                for other in world.nodes.dropFirst() where other.number != node.number {
                    let sees = [other.received[node.number], node.wayBack[other.number]]
                    for snapshot in sees {
                        seen = seen * 2 + (snapshot?.sees(entry.xid) == true ? 1 : 0)
                    }
                }
                let via =
                    switch entry.via {
                    case .here: 0
                    case .neighbour(let number): number
                    case .only(let number): -number
                    case .nobody: -1_000
                    }
                return [
                    entry.key, time(entry.version, entry.key), entry.version.origin, via, seen,
                ]
            }.sorted { $0.lexicographicallyPrecedes($1) }
        }

        /// How the mark at `node` stands to what its neighbour remembers.
        func relation(of node: Model.Node, to other: Int, _ world: Model.World) -> Int {
            let mark = node.marks[other]
            let offer = world.nodes[other].offers[node.number]
            let old = world.backup?.number == other ? world.backup?.offers[node.number] : nil
            let oldMark = world.backup?.number == node.number ? world.backup?.marks[other] : nil
            let facts = [
                mark == nil, offer == nil, mark == offer?.seen, mark == offer?.offered,
                mark == old?.seen, mark == old?.offered, oldMark == offer?.seen,
                oldMark == offer?.offered, oldMark == mark,
            ]
            return facts.reduce(0) { $0 * 2 + ($1 ? 1 : 0) }
        }
    }
}
