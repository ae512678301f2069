import Postgres

/// What a neighbour has not got yet, for whoever compares two nodes that are in use.
extension Relation {
    /// The keys, as k1, k2, ..., that a neighbour has not seen as they are now, or whose rows it has sent
    /// and that wait for a person here.
    ///
    /// - Parameters:
    ///   - neighbour: the number of the neighbour.
    ///   - applied: how much of this side's log it has applied.
    ///   - names: the key's columns, in the order that is asked for.
    func pendingKeys(for neighbour: Int, applied: Watermark, _ names: [String]) -> SQL {
        let keys = names.indices.map { "k\($0 + 1)" }.joined(separator: ", ")
        let places = names.map { name in (key.firstIndex { $0.name == name } ?? 0) + 1 }
        let waiting = zip(places, names).map { "q.key[\($0)]::\(keyType($1))" }
        return """
            (
                select distinct \(raw: keys)
                from (
                    select \(raw: places.map { "l.k\($0)" }.joined(separator: ", "))
                    from \(log) as l
                    where \(applied.unseen("l"))
                        and replication.is_for(l.via, \(raw: String(neighbour)))
                    union all
                    select \(raw: waiting.joined(separator: ", "))
                    from replication.quarantine as q
                    where q.neighbour = \(raw: String(neighbour))
                        and q.relation = \(raw: String(id))
                ) as p (\(raw: keys))
            )
            """
    }

    /// The type of a key's column where a temporary table has it, or a text becomes it.
    func keyType(_ name: String) -> String {
        let column = columns.first { $0.name == name }
        return (column?.baseType ?? "text") + (column?.collation.map { " collate \($0)" } ?? "")
    }
}
