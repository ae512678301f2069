extension Model {
    /// A direction that is carried: what its source was when the file was made. Of a real file that is the
    /// log that the target is not known to have, and the rows that this names.
    struct File {
        let source: Node
        let target: Int
        let snapshot: Snapshot
    }
}

extension Model.World {
    /// Nil over an edge whose first direction has not been: there are no files then.
    mutating func export(from source: Int, to target: Int) -> Model.File? {
        let node = nodes[source]
        guard nodes[target].received[source] ?? node.wayBack[target] != nil else { return nil }
        let snapshot = node.snapshot(rules.variant)
        nodes[source].filed[target, default: []].append(snapshot)
        return Model.File(source: node, target: target, snapshot: snapshot)
    }

    /// Whether the source of a file may have taken more from the target since. Of two files that cross, the
    /// one of the node with the higher number goes first; so that one never is, but by a sync.
    private func isStale(_ file: Model.File) -> Bool {
        let (source, target) = (file.source.number, nodes[file.target])
        let heard = file.source.received[file.target]
        let crossed = source < file.target ? target.filed[source, default: []] : []
        let known = [target.acknowledged[source], target.synced[source]].compactMap { $0 }
        return (crossed + known).contains { heard?.covers($0) != true }
    }

    /// Carries a file out, whatever has happened since it was made. True where it was not refused.
    mutating func carryOut(_ file: Model.File) -> Bool {
        let (source, target) = (file.source.number, file.target)
        if let received = nodes[target].received[source], received.covers(file.snapshot) {
            return true
        }
        if rules.variant != .staleFiles, isStale(file) { return false }
        let parcel = Model.Parcel(from: file.source, to: &nodes[target], variant: rules.variant)
        apply(parcel, to: target, isFile: true)
        return true
    }
}
