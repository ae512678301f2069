import Postgres

extension Graft {
    /// What the two sides know of each other's logs through the dead node.
    struct Known {
        /// What B has of A's log, and A of B's.
        let ofA: Watermark
        let ofB: Watermark
        /// Since when the logs name every row that the two may not have in common.
        let sinceA: Watermark
        let sinceB: Watermark
        /// What transactions up to this one brought from the dead node, the other side was told, too.
        let levelToA: Int64
        let levelToB: Int64
    }

    /// One row of `replication.level`.
    private struct Level {
        let xid: Int64
        let received: Watermark
        let acknowledged: Watermark?
        /// What the dead node had of the other side's log.
        let beyond: Watermark?

        init?(_ row: Row) throws {
            guard let received = Watermark(try row.string("received")) else { return nil }
            xid = try row.int64("xid")
            self.received = received
            acknowledged = try row.optionalString("acknowledged").flatMap(Watermark.init)
            beyond = try row.optionalString("beyond").flatMap(Watermark.init)
        }
    }

    /// What a side has kept.
    private struct Memory {
        let label: String
        let levels: [Level]
        let purgedTo: Watermark?
        let compactedTo: Int64?

        init(_ side: Side, _ other: Side, _ dead: Dead) throws {
            label = side.node.label
            levels = try side.connection.query(
                """
                select l.xid, l.received, l.acknowledged, case
                        when l.beyond -> \(String(other.node.number)) ->> 'identity'
                            = \(other.node.identity)
                            then l.beyond -> \(String(other.node.number)) ->> 'received'
                    end as beyond
                from replication.level as l
                where l.neighbour = \(dead.number)
                    and l.identity = \(dead.identity)::uuid
                order by l.xid
                """
            ).compactMap(Level.init)
            let rows = try side.connection.query(
                "select purged_to, compacted_to from replication.self")
            purgedTo = try rows.first?.optionalString("purged_to").flatMap(Watermark.init)
            compactedTo = try rows.first?.optionalInt("compacted_to").map(Int64.init)
        }

        /// Whether the log still names all that a snapshot does not show.
        func reaches(_ since: Watermark) -> Bool {
            (purgedTo.map(since.covers) ?? true) && since.oldest >= compactedTo ?? 0
        }

        /// The newest level that a snapshot of the dead node shows.
        func level(before snapshot: Watermark) -> Level? {
            levels.last { snapshot.covers($0.received) }
        }
    }

    /// Whether the logs do; where they do not, why.
    struct Reach {
        private(set) var known: Known?
        private(set) var reasons: [String] = []

        init(_ graft: Graft) throws {
            let (a, b, dead) = (graft.a, graft.b, graft.dead)
            let memories = (try Memory(a, b, dead), try Memory(b, a, dead))
            for (side, other) in [(a, b), (b, a)] { try look(side, other, dead) }
            guard let lastA = memories.0.levels.last, let lastB = memories.1.levels.last,
                let ofA = lastB.beyond, let ofB = lastA.beyond
            else {
                let name = dead.name
                reasons.append(
                    "\(name) had not told both what it had of the other (it does in each sync that "
                        + "moves something, unless rows waited there)")
                return
            }
            let forth = Self.window(memories.0, memories.1)
            let back = Self.window(memories.1, memories.0).map { ($0.1, $0.0) }
            let windows = [forth, back].compactMap { $0 }
            guard
                let window = windows.first(where: {
                    memories.0.reaches($0.0) && memories.1.reaches($0.1)
                })
            else {
                reasons.append(
                    windows.isEmpty
                        ? "the two have not each been synced with \(dead.name) often enough since the "
                            + "edges were made: what each has of the other is told in syncs that move "
                            + "something"
                        : "the logs of \(a.node.label) or \(b.node.label) do not reach back to when "
                            + "both were level with \(dead.name): they were purged (trompe keep)")
                return
            }
            try lookSince(window, graft)
            guard reasons.isEmpty else { return }
            known = Known(
                ofA: ofA, ofB: ofB, sinceA: window.0, sinceB: window.1,
                levelToA: memories.0.level(before: lastB.received)?.xid ?? 0,
                levelToB: memories.1.level(before: lastA.received)?.xid ?? 0)
        }

        /// The last time that one was level with the dead node before the other was, and that before the
        /// one was again. A row that neither log names since is what the dead node had then, and equal: to
        /// be deleted there and told to one that never had it, which leaves no entry, it must have come
        /// there since, and so is named where it came from.
        private static func window(_ one: Memory, _ other: Memory) -> (Watermark, Watermark)? {
            guard let last = one.levels.last, let middle = other.level(before: last.received),
                let first = one.level(before: middle.received), let mine = first.acknowledged,
                let theirs = first.beyond
            else { return nil }
            return (mine, theirs)
        }

        /// What makes a graft by the logs impossible on one side.
        private mutating func look(_ side: Side, _ other: Side, _ dead: Dead) throws {
            let rows = try side.connection.query(
                """
                select
                    exists (
                        select from replication.quarantine as q where q.neighbour = \(dead.number)
                    ) as has_waiting,
                    exists (
                        select from replication.filter as f where f.neighbour = \(dead.number)
                    ) as has_filter,
                    exists (
                        select from replication.object_pair as p where p.neighbour = \(dead.number)
                    ) as has_objects
                """)
            guard let row = rows.first else { return }
            let label = side.node.label
            if try row.bool("has_waiting") {
                reasons.append("rows of \(dead.name) wait at \(label) (trompe status \(label))")
            }
            if try row.bool("has_filter") {
                reasons.append("the edge of \(label) and \(dead.name) had a filter")
            }
            if try row.bool("has_objects") {
                reasons.append("large objects of \(dead.name) have come to \(label)")
            }
        }

        /// What must not have happened since.
        private mutating func lookSince(
            _ window: (Watermark, Watermark), _ graft: Graft
        ) throws {
            var keys: [[String: String]] = []
            for (side, since) in [(graft.a, window.0), (graft.b, window.1)] {
                let rows = try side.connection.query(
                    """
                    select distinct replication.graft_table(r.relid) as tablename
                    from replication.event as e
                        join replication.relation as r on r.id = e.relation
                    where e.kind = 'truncate'
                        and \(since.unseen("e"))
                    """)
                for row in rows {
                    let table = try row.string("tablename")
                    reasons.append(
                        "\(side.node.label) has emptied table \(table) lately (TRUNCATE)")
                }
                let relations = try side.connection.query(
                    """
                    select replication.graft_table(relid) as tablename, key::text as key
                    from replication.relation
                    """)
                keys.append(
                    try relations.reduce(into: [:]) { keys, row in
                        keys[try row.string("tablename")] = try row.string("key")
                    })
            }
            for (table, key) in keys[0].sorted(by: { $0.key < $1.key })
            where keys[1][table] ?? key != key {
                reasons.append("table \(table) has another key on either side")
            }
        }
    }
}
