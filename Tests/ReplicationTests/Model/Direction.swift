extension Model {
    /// One direction's transaction on the target: either all of it happens or nothing.
    struct Direction {
        let parcel: Parcel
        let policy: Policy
        let variant: Variant?
        let time: Int
        var target: Node
        var truth: Truth
        /// What it wrote: rows that changed, and log entries.
        private(set) var rowsMoved = 0
        private(set) var entriesLogged = 0
        /// The target's changes that the source has not seen: key by key, the newest.
        private var own: [Version?] = []

        init(
            _ parcel: Parcel, into target: Node, policy: Policy, variant: Variant?, time: Int,
            truth: Truth
        ) {
            self.parcel = parcel
            self.policy = policy
            self.variant = variant
            self.time = time
            self.target = target
            self.truth = truth
        }

        mutating func run() {
            target.directions.removeAll { $0 == parcel.xid }
            guard parcel.hasNews else { return }
            waitAndReadOwn()
            raiseClock()
            if parcel.isFirst {
                merge()
            } else if let truncate = parcel.truncate {
                if own.allSatisfy({ $0 == nil }) {
                    truncateAndTakeOver(truncate)
                } else {
                    deleteUnseen(truncate)
                }
            } else {
                for key in parcel.offers.indices { settle(key) }
            }
            target.received[parcel.source] = parcel.snapshot
        }

        /// Locks what it is going to write, which lets those who hold it commit, and only then reads
        /// what is pending here. TRUNCATE locks the whole table, so the answer may change under it.
        private mutating func waitAndReadOwn() {
            let keys = target.rows.indices.filter { key in
                parcel.offers[key] != nil
                    || parcel.truncate != nil && target.rows[key].content != nil
            }
            target.waitForWriters(of: keys, truth: &truth)
            own = target.pending(for: parcel.source, beyond: parcel.acknowledged)
            if parcel.truncate != nil && own.allSatisfy({ $0 == nil }) {
                target.waitForWriters(of: Array(target.rows.indices), truth: &truth)
                own = target.pending(for: parcel.source, beyond: parcel.acknowledged)
            }
        }

        private mutating func raiseClock() {
            if variant == .unraisedClock { return }
            let brought = parcel.offers.compactMap { $0?.version } + [parcel.truncate].compactMap { $0 }
            if let latest = brought.max() { target.raiseClock(over: latest, time: time) }
        }

        /// Nothing here is news to the source, so its truncate is the truth here too, and travels on.
        private mutating func truncateAndTakeOver(_ truncate: Version) {
            for key in target.rows.indices {
                let isAbsent = parcel.cells[key].content == nil
                target.rows[key] = Cell(
                    content: nil, standing: isAbsent ? parcel.cells[key].standing : [])
            }
            target.truncates.append(
                Truncate(xid: parcel.xid, version: truncate, via: .neighbour(parcel.source)))
            entriesLogged += 1
            for (key, offer) in parcel.offers.enumerated() {
                if let offer { takeOver(key, offer) }
            }
        }

        /// Rows here that the source has not seen survive or contest its truncate one by one. The
        /// event must not travel on: it would delete the survivors where they came from.
        private mutating func deleteUnseen(_ truncate: Version) {
            for key in target.rows.indices {
                let isAbsent = parcel.cells[key].content == nil
                let deletion = Parcel.Offer(
                    cell: Cell(content: nil, standing: isAbsent ? parcel.cells[key].standing : []),
                    version: max(truncate, parcel.offers[key]?.version ?? truncate), isEcho: false)
                if let offer = parcel.offers[key] {
                    let isDeleted = offer.cell.content == nil && variant != .truncateSparesEcho
                    settle(key, isDeleted ? deletion : offer)
                } else if own[key] != nil || target.rows[key].content != nil {
                    settle(key, deletion)
                }
            }
        }

        private mutating func settle(_ key: Int) {
            if let offer = parcel.offers[key] { settle(key, offer) }
        }

        private mutating func settle(_ key: Int, _ offer: Parcel.Offer) {
            guard let mine = own[key] else { return takeOver(key, offer) }
            if offer.isEcho { return }
            if offer.cell.content == target.rows[key].content {
                target.rows[key].share(offer.cell.standing)
                truth.unite(target.rows[key].standing)
                if offer.version > mine {
                    takeOver(key, Parcel.Offer(
                        cell: target.rows[key], version: offer.version, isEcho: false))
                }
                return
            }
            decide(key, offer, mine)
        }

        private mutating func decide(_ key: Int, _ offer: Parcel.Offer, _ mine: Version) {
            let cell = target.rows[key]
            let verdict = policy.judge(
                source: Policy.Side(content: offer.cell.content, version: offer.version),
                target: Policy.Side(content: cell.content, version: mine))
            switch verdict {
            case .source:
                target.recorded += cell.standing
                takeOver(key, offer)
            case .target:
                target.recorded += offer.cell.standing
                keep(key, mine, over: offer.version)
            case .merged(let content):
                let version = target.now(time)
                let change = truth.note(
                    key: key, version: version, overwrote: cell.standing + offer.cell.standing)
                target.rows[key] = Cell(content: content, standing: [change])
                rowsMoved += 1
                log(key, version, via: .here)
            }
        }

        private mutating func takeOver(_ key: Int, _ offer: Parcel.Offer) {
            if target.rows[key].content != offer.cell.content { rowsMoved += 1 }
            target.rows[key] = offer.cell
            log(key, offer.version, via: .neighbour(parcel.source))
        }

        private mutating func keep(_ key: Int, _ mine: Version, over loser: Version) {
            if parcel.isFirst {
                target.log.append(Entry(xid: parcel.xid, key: key, version: mine, via: variant == .mergeForAll ? .here : .only(parcel.source)))
                entriesLogged += 1
            } else if variant == .rename && mine < loser {
                let renamed = Version(changedAt: target.now(time).changedAt, origin: mine.origin)
                let change = truth.note(
                    key: key, version: renamed, overwrote: target.rows[key].standing)
                target.rows[key].standing = [change]
                target.log.append(
                    Entry(xid: parcel.xid, key: key, version: renamed, via: .here))
                entriesLogged += 1
            }
        }

        /// Logs what this direction did to a key. The entry stands for all that the log said of the
        /// key before: an older one with a later name would lend the row a name that is not its own.
        private mutating func log(_ key: Int, _ version: Version, via: Via) {
            let (source, acknowledged) = (parcel.source, parcel.acknowledged)
            switch variant {
            case .noSupersede: break
            case .supersedePendingOnly, .rename:
                target.log.removeAll { entry in
                    entry.key == key && entry.via.isPending(for: source)
                        && acknowledged?.sees(entry.xid) != true
                }
            default: target.log.removeAll { $0.key == key }
            }
            target.log.append(Entry(xid: parcel.xid, key: key, version: version, via: via))
            entriesLogged += 1
        }

        /// The first direction over a new edge: the union of both, with a policy for what differs.
        private mutating func merge() {
            target.wayBack[parcel.source] = parcel.wayBack
            for key in target.rows.indices {
                let cell = target.rows[key]
                guard let offer = parcel.offers[key] else {
                    truth.excuse(parcel.cells[key].standing)
                    if cell.content == nil { truth.excuse(cell.standing) }
                    if cell.content != nil {
                        let name = target.name(of: key)
                        keep(key, name, over: name)
                    }
                    continue
                }
                if cell.content == nil {
                    truth.excuse(cell.standing)
                    takeOver(key, offer)
                } else if cell.content == offer.cell.content {
                    target.rows[key].share(offer.cell.standing)
                    truth.unite(target.rows[key].standing)
                } else {
                    decide(key, offer, target.name(of: key))
                }
            }
        }
    }
}

extension Model.Node {
    /// The keys that changed here and that `neighbour` has not seen: the newest name of each. A
    /// truncate is a change of every key.
    func pending(for neighbour: Int, beyond seen: Model.Snapshot?) -> [Model.Version?] {
        let isPending = { (xid: Int, via: Model.Via) in
            via.isPending(for: neighbour) && seen?.sees(xid) != true
        }
        let truncate = truncates.filter { isPending($0.xid, $0.via) }.map(\.version).max()
        var newest = [Model.Version?](repeating: truncate, count: rows.count)
        for entry in log where isPending(entry.xid, entry.via) {
            newest[entry.key] = max(entry.version, newest[entry.key] ?? entry.version)
        }
        return newest
    }
}
