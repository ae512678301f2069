/// Constraints at commit: what replica role does not check is settled before anything is written.
extension Model.Direction {
    /// Changes outcomes until the rows may be committed; at the worst nothing is applied of the keys
    /// that cannot be.
    mutating func satisfyConstraints() {
        if rules.constraints.isNone && target.refused == nil || variant == .orphans { return }
        let plans = outcomes
        for _ in 0..<12 {
            if holdRefused() || keepParents() || settleClash() || bringParentBack() { continue }
            break
        }
        if rules.constraints.hold(in: plannedRows, refused: target.refused) { return }
        outcomes = plans
        for key in outcomes.indices where planned(key) != target.rows[key].content {
            quarantine(key)
        }
    }

    /// Whether a key's row is going to be what the source sends.
    private func isBrought(_ key: Int) -> Bool {
        switch outcomes[key] {
        case .take, .merge, .bringBack, .giveWay: true
        default: false
        }
    }

    private mutating func quarantine(_ key: Int) {
        switch outcomes[key] {
        case .take(let offer), .merge(_, let offer), .keepParent(let offer):
            outcomes[key] = .quarantine(offer)
        case .bringBack, .giveWay: outcomes[key] = .nothing
        default: break
        }
    }

    /// A constraint that only the target has.
    private mutating func holdRefused() -> Bool {
        guard let refused = target.refused,
            let key = outcomes.indices.first(where: { isBrought($0) && planned($0) == refused })
        else { return false }
        hold(key)
        return true
    }

    /// A parent that is deleted here, but has children here.
    private mutating func keepParents() -> Bool {
        let contents = plannedRows
        for key in outcomes.indices where target.rows[key].content != nil {
            guard case .take(let offer) = outcomes[key], offer.cell.content == nil,
                !rules.constraints.children(of: key, in: contents).isEmpty
            else { continue }
            outcomes[key] = .keepParent(offer)
            return true
        }
        return false
    }

    /// A child that arrives, and whose parent is not here.
    private mutating func bringParentBack() -> Bool {
        let contents = plannedRows
        for key in outcomes.indices where isBrought(key) {
            guard let parent = rules.constraints.parent(of: key, contents[key]),
                contents[parent] == nil
            else { continue }
            switch outcomes[parent] {
            case .keep(let offer, _) where offer.cell.content != nil:
                outcomes[parent] = .bringBack(offer.cell)
            case .nothing where parcel.cells[parent].content != nil:
                outcomes[parent] = .bringBack(parcel.cells[parent])
            default:
                hold(key)
            }
            return true
        }
        return false
    }

    /// Puts one key into quarantine; a parent that is only brought back for children, with them.
    private mutating func hold(_ key: Int) {
        if case .bringBack = outcomes[key] {
            for child in rules.constraints.children(of: key, in: plannedRows) where isBrought(child)
            {
                quarantine(child)
            }
            if let offer = parcel.offers[key], let mine = own[key] {
                outcomes[key] = .keep(offer, mine)
                return
            }
        }
        quarantine(key)
    }

    /// Two rows of different keys that claim one value: the policy picks one, and the other key goes
    /// back to what the winner's side has for it. Where rows refer to the loser, nothing is done.
    private mutating func settleClash() -> Bool {
        let contents = plannedRows
        for key in outcomes.indices where isBrought(key) {
            guard let rival = rules.constraints.rival(of: key, in: contents) else { continue }
            if case .take(let offer) = outcomes[key], !isBrought(rival) {
                settle(key, offer, against: rival, contents)
            } else if case .giveWay = outcomes[key], !isBrought(rival), mayGiveWay(rival, contents)
            {
                outcomes[rival] = .giveWay(parcel.cells[rival])
            } else {
                hold(key)
            }
            return true
        }
        return false
    }

    private func mayGiveWay(_ key: Int, _ contents: [Int?]) -> Bool {
        parcel.cells[key].content != nil
            || rules.constraints.children(of: key, in: contents).isEmpty
    }

    private mutating func settle(
        _ key: Int, _ offer: Model.Parcel.Offer, against rival: Int, _ contents: [Int?]
    ) {
        let verdict = rules.policy.judge(
            source: Model.Policy.Side(content: offer.cell.content, version: offer.version),
            target: Model.Policy.Side(
                content: target.rows[rival].content, version: target.name(of: rival)))
        if case .target = verdict {
            let isReferred =
                !rules.constraints.children(of: key, in: contents).isEmpty
                || !rules.constraints.children(of: key, in: parcel.cells.map(\.content)).isEmpty
            if target.rows[key].content == nil && isReferred {
                hold(key)
            } else {
                outcomes[key] = .denied(offer)
            }
        } else if mayGiveWay(rival, contents) {
            outcomes[rival] = .giveWay(parcel.cells[rival])
        } else {
            hold(key)
        }
    }
}
