extension Model {
    /// One direction's transaction on the target: either all of it happens or nothing.
    struct Direction {
        let parcel: Parcel
        let rules: Rules
        let time: Int
        var target: Node
        var truth: Truth
        /// What it wrote: rows that changed, and log entries.
        var rowsMoved = 0
        var entriesLogged = 0
        /// The target's changes that the source has not seen: key by key, the newest.
        var own: [Version?] = []
        /// What becomes of each key.
        var outcomes: [Outcome] = []
        /// Conflicts decided here, as the history counts them.
        var conflicts = 0
        /// Conflicts between a change and one that was made after seeing it.
        var falseConflicts: Set<Failure> = []

        var variant: Variant? { rules.variant }

        init(_ parcel: Parcel, into target: Node, rules: Rules, time: Int, truth: Truth) {
            self.parcel = parcel
            self.rules = rules
            self.time = time
            self.target = target
            self.truth = truth
        }

        mutating func run() {
            target.directions.removeAll { $0 == parcel.xid }
            guard parcel.hasNews || parcel.hasQuarantined else { return }
            waitAndReadOwn()
            raiseClock()
            outcomes = Array(repeating: .nothing, count: target.rows.count)
            if parcel.isFirst { target.wayBack[parcel.source] = parcel.wayBack }
            if let truncate = parcel.truncate {
                let mayTravel = variant == .truncateTravels || !hasSurvivors
                if mayTravel && own.allSatisfy({ $0 == nil }) {
                    truncateAndTakeOver(truncate)
                } else {
                    planUnseen(truncate)
                }
            } else {
                for key in parcel.offers.indices { outcomes[key] = plan(key) }
            }
            satisfyConstraints()
            for key in outcomes.indices { carryOut(key) }
            target.recorded.formUnion(parcel.recorded)
            if let applied = parcel.applied { target.acknowledged[parcel.source] = applied }
            if parcel.hasNews {
                target.received[parcel.source] = parcel.snapshot
                target.levels.append(Level(parcel))
            }
        }

        /// Locks what it is going to write, which lets those who hold it commit, and only then
        /// reads what is pending here. TRUNCATE locks the whole table: the answer may change.
        private mutating func waitAndReadOwn() {
            var keys = target.rows.indices.filter(isLocked)
            if !rules.constraints.isNone {
                keys = keys.flatMap(rules.constraints.related)
            }
            target.waitForWriters(of: keys, truth: &truth)
            readOwn()
            if parcel.truncate != nil && own.allSatisfy({ $0 == nil }) {
                target.waitForWriters(of: Array(target.rows.indices), truth: &truth)
                readOwn()
            }
        }

        /// In the first direction every row is the target's own change. What the target holds a
        /// newer state of the source's in quarantine of, it has not seen.
        private mutating func readOwn() {
            if parcel.isFirst {
                own = target.rows.indices.map { key in
                    target.newestEntry(of: key)?.version
                        ?? (target.rows[key].content == nil ? nil : target.name(of: key))
                }
                return
            }
            own = target.pending(
                for: parcel.source, beyond: parcel.acknowledged, variant: variant)
            for (key, offer) in parcel.offers.enumerated()
            where offer?.isBlind == true && variant != .notBlind {
                own[key] = max(own[key], unknown(key))
            }
        }

        /// The newest change of a key here, unless it came through the source. A row that no entry
        /// names is older than any that has one, and is a rival all the same.
        private func unknown(_ key: Int) -> Version? {
            guard let newest = target.newestEntry(of: key) else {
                let isRow = target.rows[key].content != nil && variant != .blindToUnlogged
                return isRow ? target.name(of: key) : nil
            }
            let isKnown = newest.via == .neighbour(parcel.source) && variant != .blindToOwn
            return isKnown ? nil : newest.version
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
                if let offer { outcomes[key] = .take(offer) }
            }
        }

        /// Rows here that the source has not seen contest its truncate one by one, and those that
        /// stand at the source after it stay as they are: logged anew, they would be rivals of what
        /// this node's other neighbours, who may have had them first, did to them since. The event
        /// must not travel on: it would delete the survivors where they came from.
        private mutating func planUnseen(_ truncate: Version) {
            for key in target.rows.indices {
                let offer = parcel.offers[key]
                if let offer, offer.cell.content != nil {
                    if offer.isEcho && variant != .truncateTravels { continue }
                    outcomes[key] = plan(key, offer)
                } else if offer != nil || own[key] != nil || target.rows[key].content != nil {
                    let isSpared = offer?.isEcho == true && variant == .truncateSparesEcho
                    outcomes[key] = plan(
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

/// The later of two versions, of which either may be missing.
private func max(_ one: Model.Version?, _ other: Model.Version?) -> Model.Version? {
    guard let one, let other else { return one ?? other }
    return Swift.max(one, other)
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
            newest[entry.key] = Swift.max(entry.version, newest[entry.key] ?? entry.version)
        }
        return newest
    }
}
