extension Model {
    /// What a direction reads from its source, all of it in one snapshot.
    struct Parcel {
        /// A key that the source offers: the row as it stands, under the name of its newest change.
        struct Offer {
            var cell: Cell
            var version: Version
            /// Came from the target itself, and is offered only because it survived a truncate.
            var isEcho: Bool
            /// The sender holds a change of the receiver's in quarantine, and has not seen it.
            var isBlind = false
            /// Not pending, but asked for again out of the target's quarantine.
            var isAgain = false
            /// No log entry names it.
            var isUnlogged: Bool { version.changedAt == Version.unlogged }
        }

        let source: Int
        let snapshot: Snapshot
        /// Up to where the source has applied the target's log; nil before the way back.
        let acknowledged: Snapshot?
        /// Whether this is the first direction over a new edge, in which everything is offered.
        let isFirst: Bool
        /// Whether keys are asked for again that could not be applied before.
        private(set) var hasQuarantined = false
        /// Whether the source's log holds anything that the target's watermark does not see.
        let hasNews: Bool
        private(set) var offers: [Offer?]
        /// The name of the newest truncate that the target has not seen.
        private(set) var truncate: Version?
        /// Ground truth of the keys that a truncate deletes without naming them.
        let cells: [Cell]
        /// The losers that the source knows of: an append-only table, replicated like any other.
        let recorded: Set<Int>
        /// Up to where the source has applied the log of its other neighbours, where that is all there is
        /// to know.
        let beyond: [Int: Snapshot]
        /// Up to where it has applied the target's.
        let applied: Snapshot?
        /// The target's own transaction, which begins before the source is read.
        let xid: Int
        /// What had committed at the target before that.
        let wayBack: Snapshot

        init(from source: Node, to target: inout Node, variant: Variant?) {
            wayBack = target.snapshot(variant)
            xid = target.takeXid()
            target.directions.append(xid)
            let watermark = target.received[source.number] ?? source.wayBack[target.number]
            self.source = source.number
            snapshot = source.snapshot(variant)
            acknowledged = source.received[target.number] ?? target.wayBack[source.number]
            isFirst = watermark == nil
            applied = source.received[target.number]
            beyond = source.received.filter { number, _ in
                number != target.number && source.acknowledged[number] != nil
                    && source.quarantine[number] == nil
            }
            cells = source.rows
            recorded = source.recorded
            offers = Array(repeating: nil, count: source.rows.count)
            guard let watermark else {
                hasNews = true
                offerEverything(of: source)
                return
            }
            let news = source.log.filter { !watermark.sees($0.xid) }
            let events = source.truncates.filter { !watermark.sees($0.xid) }
            hasNews =
                !news.isEmpty || !events.isEmpty || !recorded.isSubset(of: target.recorded)
            let isForTarget = { [number = target.number] (via: Via) in
                via.isPending(for: number) || variant == .echo
            }
            truncate = events.filter { isForTarget($0.via) }.map(\.version).max()
            for entry in news where isForTarget(entry.via) {
                offer(entry, isEcho: false)
            }
            offerAgain(
                target.quarantine[source.number] ?? [:], of: source, to: target.number,
                variant: variant)
            for key in source.quarantine[target.number, default: [:]].keys {
                offers[key]?.isBlind = true
            }
            if truncate == nil || variant == .truncateForgetsEcho { return }
            for entry in news where entry.via == .neighbour(target.number) {
                offer(entry, isEcho: true)
            }
        }

        private mutating func offer(_ entry: Entry, isEcho: Bool) {
            let known = offers[entry.key]
            offers[entry.key] = Offer(
                cell: cells[entry.key],
                version: max(entry.version, known?.version ?? entry.version),
                isEcho: isEcho && known?.isEcho ?? true)
        }

        /// The keys that the target could not apply, as they stand now, under the name of their
        /// newest change. One that came from the target since is nothing that it does not know.
        private mutating func offerAgain(
            _ held: [Int: Version], of source: Node, to target: Int, variant: Variant?
        ) {
            if variant == .quarantineForgotten { return }
            hasQuarantined = !held.isEmpty
            for (key, noted) in held {
                let newest = source.newestEntry(of: key)
                let isPending = offers[key] != nil
                if variant == .notedName {
                    let version = max(noted, offers[key]?.version ?? noted)
                    offers[key] = Offer(
                        cell: cells[key], version: version, isEcho: false, isAgain: !isPending)
                } else if variant == .askedInVain {
                    let version = max(noted, newest?.version ?? noted)
                    offers[key] = Offer(
                        cell: cells[key], version: version, isEcho: false, isAgain: !isPending)
                } else if newest?.via != .neighbour(target) {
                    offers[key] = Offer(
                        cell: cells[key], version: newest?.version ?? noted, isEcho: false,
                        isAgain: !isPending)
                }
            }
        }

        private mutating func offerEverything(of source: Node) {
            for key in cells.indices
            where cells[key].content != nil || source.newestEntry(of: key) != nil {
                offers[key] = Offer(
                    cell: cells[key], version: source.name(of: key), isEcho: false)
            }
        }
    }
}

extension Model.Node {
    /// What the row of a key is called in a first direction, where nothing need be pending.
    func name(of key: Int) -> Model.Version {
        newestEntry(of: key)?.version
            ?? Model.Version(changedAt: Model.Version.unlogged, origin: number)
    }
}
