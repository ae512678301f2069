import Postgres

/// How the rows of a node that went back in time are judged when it comes back: only what its logs
/// hold for the target is news.
extension TableWork {
    /// The TRUNCATEs that the source has not seen: to a node that came back all are news.
    var truncatesAtTarget: SQL {
        if terms.isReturn { return "" }
        return """
            and \(terms.acknowledged.unseen("e"))
                and replication.is_for(e.via, \(raw: String(terms.source)))
            """
    }

    /// The target's own version of a row. Of the facts about the tree it has one also where a row is not
    /// there: it has forgotten it since.
    var ownVersionForReturn: SQL {
        let isThere: SQL = target.isSystem ? "true" : "t.tableoid is not null"
        return """
            greatest(n.changed_at, tr.changed_at,
                    case when \(isThere) then '-infinity'::timestamptz end) as own_changed_at,
                case
                    when tr.changed_at > coalesce(n.changed_at, '-infinity') then tr.origin
                    else coalesce(n.origin, \(raw: String(terms.target)))
                end as own_origin
            """
    }

    /// Rows of a node that came back which the target has had before: they win against nothing, and
    /// what the target has removed since stays removed, but where no log remembers that. The history
    /// of conflicts is pruned on each node alone.
    var returning: SQL {
        guard terms.isReturn else { return "" }
        let isHistory = target.fullName == "replication.conflict"
        return """
            when m.differs and m.origin = \(raw: String(Self.nobody))
                        and m.own_changed_at is not null
                        then '\(raw: isHistory ? "k" : "K")'
            """
    }
}
