extension Model {
    /// What becomes of one key in a direction.
    enum Outcome {
        /// Not the source's business.
        case nothing
        /// Both sides have it so already; nothing is written.
        case agree(Parcel.Offer)
        /// Both sides have it so already, the source under a newer name.
        case rename(Parcel.Offer)
        /// The source's row is the target's from now on.
        case take(Parcel.Offer)
        /// A conflict that the target's row wins.
        case keep(Parcel.Offer, Version)
        /// A conflict that a function made a third row of.
        case merge(Int?, Parcel.Offer)
        /// A new edge, and only the target has a row.
        case tellBack
        /// A delete that rows of the target forbid: the row is their parent.
        case keepParent(Parcel.Offer)
        /// A row deleted here that a row of the source needs as its parent.
        case bringBack(Cell)
        /// A row here that lost its unique value to a row of another key: it becomes what the
        /// source has, as a change made here.
        case giveWay(Cell)
        /// A row of the source that loses a unique value to a row of another key here: the key stays
        /// what it is here, as a change made here.
        case denied(Parcel.Offer)
        /// Cannot be applied now: noted, and asked for again.
        case quarantine(Parcel.Offer)
    }
}

/// What a direction decides of one key, before constraints are looked at.
extension Model.Direction {
    /// The outcome of a key, as the policy has it.
    func plan(_ key: Int) -> Model.Outcome {
        if let offer = parcel.offers[key] { return plan(key, offer) }
        return parcel.isFirst && target.rows[key].content != nil ? .tellBack : .nothing
    }

    /// Without a change of its own the target follows; with one, the policy decides, unless both
    /// sides say the same. A delete of nothing needs no entry: whoever is behind the target has no
    /// row either, or a change of his own.
    func plan(_ key: Int, _ offer: Model.Parcel.Offer) -> Model.Outcome {
        let isAbsent = offer.cell.content == nil && target.rows[key].content == nil
        if isAbsent && variant != .absentLogged { return .agree(offer) }
        let isEqual = offer.cell.content == target.rows[key].content
        if isEqual && offer.isAgain && variant != .quarantineNames { return .agree(offer) }
        guard let mine = own[key] else { return .take(offer) }
        if offer.isEcho && variant == .truncateSparesEcho { return .nothing }
        if isEqual {
            return offer.version > mine && !(parcel.isFirst && offer.isUnlogged)
                ? .rename(offer) : .agree(offer)
        }
        let verdict = rules.policy.judge(
            source: Model.Policy.Side(content: offer.cell.content, version: offer.version),
            target: Model.Policy.Side(content: target.rows[key].content, version: mine))
        return switch verdict {
        case .source: .take(offer)
        case .target: .keep(offer, mine)
        case .merged(let content): .merge(content, offer)
        }
    }

    /// What the row of a key will be.
    func planned(_ key: Int) -> Int? {
        switch outcomes[key] {
        case .take(let offer): offer.cell.content
        case .merge(let content, _): content
        case .bringBack(let cell), .giveWay(let cell): cell.content
        default: target.rows[key].content
        }
    }

    /// What all rows will be.
    var plannedRows: [Int?] { outcomes.indices.map(planned) }
}

/// The carrying out.
extension Model.Direction {
    mutating func carryOut(_ key: Int) {
        if case .quarantine(let offer) = outcomes[key] {
            target.hold(key, offer.version, from: parcel.source)
            if parcel.isFirst, let mine = own[key], variant != .firstHeldUntold {
                tellBack(key, mine)
            }
            return
        }
        target.release(key, from: parcel.source)
        switch outcomes[key] {
        case .nothing, .quarantine:
            if parcel.isFirst && parcel.offers[key] == nil {
                truth.excuse(parcel.cells[key].standing + target.rows[key].standing)
            }
        case .agree(let offer):
            agree(key, offer)
        case .rename(let offer):
            agree(key, offer)
            takeOver(key, offer, as: target.rows[key])
        case .take(let offer): take(key, offer)
        case .keep(let offer, let mine):
            record(offer.cell)
            meet(key, offer.version)
            judgeConflict(offer.cell, target.rows[key])
            keep(key, mine, over: offer.version)
        case .merge(let content, let offer):
            if own[key] != nil { conflicts += 1 }
            meet(key, offer.version)
            judgeConflict(offer.cell, target.rows[key])
            make(key, content, of: offer.cell.standing)
        case .tellBack:
            truth.excuse(parcel.cells[key].standing)
            tellBack(key, target.name(of: key))
        case .keepParent(let offer):
            record(offer.cell)
            meet(key, offer.version)
            revive(
                key, target.rows[key], deleted: offer.cell, at: offer.version,
                via: .only(parcel.source))
        case .bringBack(let cell):
            let deleted = target.rows[key]
            if own[key] != nil { record(deleted) }
            rowsMoved += 1
            revive(
                key, cell, deleted: deleted, at: own[key] ?? target.now(time),
                via: .neighbour(parcel.source))
        case .giveWay(let cell):
            let loser = target.rows[key]
            record(loser)
            if loser.content != cell.content { rowsMoved += 1 }
            let version = justAfter(target.name(of: key))
            stand(key, cell, in: loser, version)
            log(key, version, via: .here)
        case .denied(let offer):
            record(offer.cell)
            meet(key, offer.version)
            let version = justAfter(offer.version)
            stand(key, target.rows[key], in: offer.cell, version)
            if own[key] == nil {
                tellBack(key, version)
            } else {
                let isForAll = rules.variant != .deniedUntold
                log(key, version, via: isForAll ? .here : .only(parcel.source))
            }
        }
    }

    /// Lets a row that one side has take the place of another one, under a new name.
    private mutating func stand(
        _ key: Int, _ cell: Model.Cell, in loser: Model.Cell, _ version: Model.Version
    ) {
        let change = truth.note(key: key, version: version, overwrote: loser.standing)
        target.rows[key] = cell
        target.rows[key].share([change])
        truth.unite(target.rows[key].standing)
        if cell.standing.isEmpty { truth.excuse([change]) }
    }

    /// The name of what takes a losing version's place everywhere, and wins against nothing that a
    /// user wrote later.
    private func justAfter(_ loser: Model.Version) -> Model.Version {
        let isUnlogged = loser.changedAt == Model.Version.unlogged
        let time = isUnlogged ? target.now(time).changedAt : loser.changedAt + 1
        return Model.Version(changedAt: time, origin: target.number)
    }

    /// Whoever sends this version again tells nothing new.
    private mutating func meet(_ key: Int, _ version: Model.Version) {
        target.met.insert(Model.Met(key: key, version: version))
    }

    private mutating func record(_ loser: Model.Cell) {
        conflicts += 1
        if variant != .unrecorded { target.recorded.formUnion(loser.standing) }
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

    private mutating func take(_ key: Int, _ offer: Model.Parcel.Offer) {
        let cell = target.rows[key]
        if cell.content != offer.cell.content {
            if own[key] != nil {
                judgeConflict(offer.cell, cell)
                record(cell)
            } else if parcel.isFirst {
                truth.excuse(cell.standing)
            }
        }
        takeOver(key, offer, as: offer.cell)
    }

    /// The row and its name, as they stand at the source; for every neighbour but the source.
    private mutating func takeOver(
        _ key: Int, _ offer: Model.Parcel.Offer, as cell: Model.Cell
    ) {
        if target.rows[key].content != cell.content { rowsMoved += 1 }
        target.rows[key] = cell
        log(key, offer.version, via: .neighbour(parcel.source))
    }

    /// A change that the direction itself makes, of rows that it has before its eyes.
    private mutating func make(_ key: Int, _ content: Int?, of others: [Int]) {
        let version = target.now(time)
        let change = truth.note(
            key: key, version: version, overwrote: target.rows[key].standing + others)
        if target.rows[key].content != content { rowsMoved += 1 }
        target.rows[key] = Model.Cell(content: content, standing: [change])
        log(key, version, via: .here)
    }

    /// A row that outlives its delete takes the delete's place.
    private mutating func revive(
        _ key: Int, _ cell: Model.Cell, deleted: Model.Cell, at time: Model.Version, via: Model.Via
    ) {
        let version = Model.Version(changedAt: time.changedAt + 1, origin: target.number)
        stand(key, cell, in: deleted, version)
        if case .only = via { tellBack(key, version) } else { log(key, version, via: via) }
    }

    /// The target's row has won. It is pending for the source already, unless the edge is new.
    private mutating func keep(_ key: Int, _ mine: Model.Version, over loser: Model.Version) {
        if parcel.isFirst {
            tellBack(key, mine)
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

    /// An entry for the source alone: the others have the row, or have changed it since.
    private mutating func tellBack(_ key: Int, _ version: Model.Version) {
        let via: Model.Via = variant == .mergeForAll ? .here : .only(parcel.source)
        target.log.append(Model.Entry(xid: parcel.xid, key: key, version: version, via: via))
        entriesLogged += 1
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
        default:
            for entry in target.log where entry.key == key { meet(key, entry.version) }
            target.log.removeAll { $0.key == key }
        }
        target.log.append(Model.Entry(xid: parcel.xid, key: key, version: version, via: via))
        entriesLogged += 1
    }
}
