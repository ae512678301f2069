import Postgres

/// Versions that were seen here and that the log does not hold: whoever sends one of them again, after the
/// node between has died, tells nothing new (`Graft`).
extension TableWork {
    /// Notes the versions of entries `l` that a statement removes from the log.
    func noting(_ removal: SQL) -> SQL {
        let keys = target.key.indices.map { "format('%s', l.k\(raw: String($0 + 1)))" as SQL }
        return """
            with gone as (
                \(removal)
                returning array[\(keys.joined(separator: ", "))] as key, l.changed_at, l.origin
            )
            insert into replication.met (relation, key, changed_at, origin, xid)
            select \(raw: String(target.id)), g.key, g.changed_at, g.origin, \(xid)
            from gone as g
            """
    }

    /// Notes the source's versions that lost here, or that another row was made of.
    var meet: SQL {
        let keys = target.key.map { key in
            "format('%s', s.\(raw: place(key)))" as SQL
        }
        return """
            insert into replication.met (relation, key, changed_at, origin, xid)
            select \(raw: String(target.id)), array[\(keys.joined(separator: ", "))], s.changed_at,
                s.origin, \(xid)
            from \(decision) as d
                join \(stage) as s on s.ctid = d.staged
            where d.verdict in ('K', 'P', 'M', 'X')
                and isfinite(s.changed_at)
            """
    }
}
