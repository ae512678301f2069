import Postgres

/// The statements about a table that the source emptied.
extension TableWork {
    /// Whether the target changed rows of the table, or emptied it, that the source has not seen; or
    /// rows of the target's outlived the TRUNCATE at the source.
    var hasPending: SQL {
        """
        select exists (
                select
                from \(target.log) as l
                where \(terms.acknowledged.unseen("l"))
                    and replication.is_for(l.via, \(raw: String(terms.source)))
            )
            or exists (
                select
                from replication.event as l
                where l.relation = \(raw: String(target.id))
                    and \(terms.acknowledged.unseen("l"))
                    and replication.is_for(l.via, \(raw: String(terms.source)))
            )
            or exists (select from \(stage) as s where s.echo and s.present) as has_pending
        """
    }

    /// A row that the TRUNCATE took is deleted by that, not by the older entry with which it once came:
    /// one of the target's, or one that the source had logged itself.
    func stageTaken(changedAt: String, origin: Int) -> SQL {
        """
        update \(stage) as s
        set echo = false,
            changed_at = \(changedAt)::timestamptz,
            origin = \(origin)::int
        where not s.present
            and (s.echo or s.changed_at < \(changedAt)::timestamptz)
        """
    }

    /// Stages a TRUNCATE as a delete of every row that the target has and the source does not send.
    /// Rows that the target changed meanwhile are contested like by any delete, and so are those that
    /// the source knows nothing of, as they wait there.
    ///
    /// Rows that the source does not see need not be staged: that would be decided as nothing to do.
    ///
    /// - Parameters:
    ///   - waiting: the keys of those, each as the text of an array.
    ///   - unknown: those behind a filter of which the source has never had a version: its TRUNCATE took none
    ///     of them.
    func stageTruncate(
        changedAt: String, origin: Int, waiting: [String], unknown: [String]
    ) -> SQL {
        let places = target.key.map { SQL(raw: place($0)) }.joined(separator: ", ")
        let columns = target.key.map { "t.\(id: $0.name)" as SQL }.joined(separator: ", ")
        let texts = target.key.map { "t.\(id: $0.name)::text" as SQL }.joined(separator: ", ")
        return """
            insert into \(stage) (changed_at, origin, echo, blind, present, \(places))
            select \(changedAt)::timestamptz, \(origin)::int, false,
                array[\(texts)]::text = any (\(waiting)), false, \(columns)
            from \(target.rows) as t
            where not exists (select from \(stage) as s where \(sameKey("s", "t")))
                and array[\(texts)]::text <> all (\(unknown))
                \(unlessHidden)
            """
    }
}
