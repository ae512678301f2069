/// What a direction does with one key, and with every key of a new edge.
extension Model.Direction {
    /// Settles a key if the source offers it.
    mutating func settle(_ key: Int) {
        if let offer = parcel.offers[key] { settle(key, offer) }
    }

    /// Without a change of its own the target follows; with one, the policy decides, unless both
    /// sides say the same. A delete of nothing needs no entry: whoever is behind the target has no
    /// row either, or a change of his own.
    mutating func settle(_ key: Int, _ offer: Model.Parcel.Offer) {
        let isAbsent = offer.cell.content == nil && target.rows[key].content == nil
        if isAbsent && variant != .absentLogged { return agree(key, offer) }
        guard let mine = own[key] else { return takeOver(key, offer) }
        if offer.isEcho && variant == .truncateSparesEcho { return }
        if offer.cell.content == target.rows[key].content {
            agree(key, offer)
            if offer.version > mine {
                takeOver(
                    key,
                    Model.Parcel.Offer(
                        cell: target.rows[key], version: offer.version, isEcho: false))
            }
            return
        }
        decide(key, offer, mine)
    }

    /// Notes in the ground truth that both sides came to the same outcome.
    private mutating func agree(_ key: Int, _ offer: Model.Parcel.Offer) {
        let mine = target.rows[key].standing
        target.rows[key].share(offer.cell.standing)
        truth.unite(target.rows[key].standing)
        if offer.cell.standing.isEmpty || mine.isEmpty {
            truth.excuse(target.rows[key].standing)
        }
    }

    private mutating func decide(_ key: Int, _ offer: Model.Parcel.Offer, _ mine: Model.Version) {
        let cell = target.rows[key]
        let verdict = policy.judge(
            source: Model.Policy.Side(content: offer.cell.content, version: offer.version),
            target: Model.Policy.Side(content: cell.content, version: mine))
        switch verdict {
        case .source:
            if variant != .unrecorded { target.recorded += cell.standing }
            takeOver(key, offer)
        case .target:
            target.recorded += offer.cell.standing
            keep(key, mine, over: offer.version)
        case .merged(let content):
            let version = target.now(time)
            let change = truth.note(
                key: key, version: version, overwrote: cell.standing + offer.cell.standing)
            target.rows[key] = Model.Cell(content: content, standing: [change])
            rowsMoved += 1
            log(key, version, via: .here)
        }
    }

    /// The row and its name, as they stand at the source; for every neighbour but the source.
    mutating func takeOver(_ key: Int, _ offer: Model.Parcel.Offer) {
        if target.rows[key].content != offer.cell.content { rowsMoved += 1 }
        target.rows[key] = offer.cell
        log(key, offer.version, via: .neighbour(parcel.source))
    }

    /// The target's row has won. It is pending for the source already, unless the edge is new.
    private mutating func keep(_ key: Int, _ mine: Model.Version, over loser: Model.Version) {
        if parcel.isFirst {
            let via: Model.Via = variant == .mergeForAll ? .here : .only(parcel.source)
            target.log.append(
                Model.Entry(xid: parcel.xid, key: key, version: mine, via: via))
            entriesLogged += 1
        } else if variant == .rename && mine < loser {
            let renamed = Model.Version(changedAt: target.now(time).changedAt, origin: mine.origin)
            let change = truth.note(
                key: key, version: renamed, overwrote: target.rows[key].standing)
            target.rows[key].standing = [change]
            target.log.append(
                Model.Entry(xid: parcel.xid, key: key, version: renamed, via: .here))
            entriesLogged += 1
        }
    }

    /// Logs what this direction did to a key. The entry stands for all that the log said of the
    /// key before: an older one with a later name would lend the row a name that is not its own.
    private mutating func log(_ key: Int, _ version: Model.Version, via: Model.Via) {
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
        target.log.append(Model.Entry(xid: parcel.xid, key: key, version: version, via: via))
        entriesLogged += 1
    }

    /// The first direction over a new edge: the union of both, with a policy for what differs.
    mutating func merge() {
        target.wayBack[parcel.source] = parcel.wayBack
        for key in target.rows.indices {
            let cell = target.rows[key]
            guard let offer = parcel.offers[key] else {
                truth.excuse(parcel.cells[key].standing)
                if cell.content == nil {
                    truth.excuse(cell.standing)
                } else {
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
