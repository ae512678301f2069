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
        var rowsMoved = 0
        var entriesLogged = 0
        /// The target's changes that the source has not seen: key by key, the newest.
        var own: [Version?] = []

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
                let mayTravel = variant == .truncateTravels || !hasSurvivors
                if mayTravel && own.allSatisfy({ $0 == nil }) {
                    truncateAndTakeOver(truncate)
                } else {
                    deleteUnseen(truncate)
                }
            } else {
                for key in parcel.offers.indices { settle(key) }
            }
            target.received[parcel.source] = parcel.snapshot
        }

        /// Locks what it is going to write, which lets those who hold it commit, and only then
        /// reads what is pending here. TRUNCATE locks the whole table: the answer may change.
        private mutating func waitAndReadOwn() {
            let keys = target.rows.indices.filter(isLocked)
            target.waitForWriters(of: keys, truth: &truth)
            readOwn()
            if parcel.truncate != nil && own.allSatisfy({ $0 == nil }) {
                target.waitForWriters(of: Array(target.rows.indices), truth: &truth)
                readOwn()
            }
        }

        private mutating func readOwn() {
            own = target.pending(
                for: parcel.source, beyond: parcel.acknowledged, variant: variant)
        }

        /// An absent row cannot be locked, only inserted.
        private func isLocked(_ key: Int) -> Bool {
            let mine = target.rows[key].content
            guard let offer = parcel.offers[key] else {
                return parcel.truncate != nil && mine != nil
            }
            if variant == .equalUnlocked && offer.cell.content == mine { return false }
            return offer.cell.content != nil || mine != nil
        }

        /// Whether rows that came from here stand at the source after its truncate.
        private var hasSurvivors: Bool {
            parcel.offers.contains { $0?.isEcho == true && $0?.cell.content != nil }
        }

        private mutating func raiseClock() {
            if variant == .unraisedClock { return }
            let brought = parcel.offers.map { $0?.version } + [parcel.truncate]
            if let latest = brought.compactMap(\.self).max() {
                target.raiseClock(over: latest, time: time)
            }
        }

        /// Nothing here is news to the source, so its truncate is the truth here too.
        private mutating func truncateAndTakeOver(_ truncate: Version) {
            for key in target.rows.indices { target.rows[key] = deleted(key) }
            target.truncates.append(
                Truncate(xid: parcel.xid, version: truncate, via: .neighbour(parcel.source)))
            entriesLogged += 1
            for (key, offer) in parcel.offers.enumerated() {
                if let offer { takeOver(key, offer) }
            }
        }

        /// Rows here that the source has not seen contest its truncate one by one, and those that
        /// stand at the source after it stay as they are: logged anew, they would be rivals of what
        /// this node's other neighbours, who may have had them first, did to them since. The event
        /// must not travel on: it would delete the survivors where they came from.
        private mutating func deleteUnseen(_ truncate: Version) {
            for key in target.rows.indices {
                let offer = parcel.offers[key]
                if let offer, offer.cell.content != nil {
                    if offer.isEcho && variant != .truncateTravels { continue }
                    settle(key, offer)
                } else if offer != nil || own[key] != nil || target.rows[key].content != nil {
                    let isSpared = offer?.isEcho == true && variant == .truncateSparesEcho
                    settle(
                        key,
                        Parcel.Offer(
                            cell: deleted(key), version: max(truncate, offer?.version ?? truncate),
                            isEcho: isSpared))
                }
            }
        }

        /// An absent row, with the ground truth of who deleted it at the source.
        private func deleted(_ key: Int) -> Cell {
            let cell = parcel.cells[key]
            return Cell(content: nil, standing: cell.content == nil ? cell.standing : [])
        }
    }
}

extension Model.Node {
    /// The keys that changed here and that `neighbour` has not seen: the newest name of each. A
    /// truncate is a change of every key, except where a row stands: that came after, and if
    /// it has no entry for the neighbour it came from him, and has won already.
    func pending(
        for neighbour: Int, beyond seen: Model.Snapshot?, variant: Model.Variant?
    ) -> [Model.Version?] {
        let isPending = { (xid: Int, via: Model.Via) in
            via.isPending(for: neighbour) && seen?.sees(xid) != true
        }
        let truncate = truncates.filter { isPending($0.xid, $0.via) }.map(\.version).max()
        var newest = rows.map { row in
            row.content == nil || variant == .truncateDeniesSurvivors ? truncate : nil
        }
        for entry in log where isPending(entry.xid, entry.via) {
            newest[entry.key] = max(entry.version, newest[entry.key] ?? entry.version)
        }
        return newest
    }
}
