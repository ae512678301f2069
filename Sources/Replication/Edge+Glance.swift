import Postgres

/// Most syncs have little to do, or nothing: what the last one has checked need not be checked again
/// where nothing has changed since.
extension Edge {
    /// Locks the edge and looks at both sides, in one round trip.
    func withGlance<T>(_ body: (ClockSkew, Glance) throws -> T) throws -> T {
        try withLock(
            asking: (Glance.questions(about: nodeB.number), Glance.questions(about: nodeA.number))
        ) { skew, answers in
            try body(
                skew,
                Glance(
                    try Glance.Side(answers.ofA), try Glance.Side(answers.ofB), nodeA, nodeB))
        }
    }

    /// Notes on both sides that there was nothing to do.
    func stayAtRest(_ glance: Glance, _ clockSkew: ClockSkew) throws -> Report {
        let noteOfA = glance.note(at: glance.a, of: nodeB.number, clockSkew)
        let noteOfB = glance.note(at: glance.b, of: nodeA.number, clockSkew.reversed)
        _ = try Connection.queries((a, [noteOfA]), (b, [noteOfB]))
        var report = Report()
        report.clockSkew = clockSkew
        report.warnings = Rights.warnings([a, b])
        report.directions = [
            DirectionReport(source: nodeA.name, target: nodeB.name),
            DirectionReport(source: nodeB.name, target: nodeA.name),
        ]
        return report
    }

    /// Remembers the state in which a sync has found nothing wrong, for the next one. What has changed
    /// since the sync looked at it is not in that state, and will be checked then.
    func remember(_ glance: Glance, _ report: Report) throws {
        guard let ofA = glance.a?.state, let ofB = glance.b?.state, report.mended.isEmpty,
            report.schemaChanges.isEmpty, report.warnings == Rights.warnings([a, b]),
            report.directions.allSatisfy({ !$0.isFirst && $0.schemaChanges.isEmpty })
        else { return }
        _ = try Connection.queries(
            (a, [Glance.remember(ofA, with: ofB, of: nodeB.number)]),
            (b, [Glance.remember(ofB, with: ofA, of: nodeA.number)]))
    }
}

/// Both sides of an edge at one moment, before anything else is looked at.
struct Glance {
    /// What each side has to say; nil where it was not asked, or knows nothing of the other.
    let a: Side?
    let b: Side?
    /// All that a sync checks is as the last one has found it, on both sides, and nothing waits that
    /// the checks would have to deal with.
    let isChecked: Bool

    /// Nothing is pending either way.
    var isAtRest: Bool {
        isChecked && a?.isPending == false && b?.isPending == false
    }

    init(_ a: Side?, _ b: Side?, _ nodeA: Node, _ nodeB: Node) {
        self.a = a
        self.b = b
        guard let a, let b else {
            isChecked = false
            return
        }
        isChecked =
            nodeA.isOriginal && nodeB.isOriginal && a.isUnchanged && b.isUnchanged
            && a.checkedWith == b.state && b.checkedWith == a.state && a.isLevel(with: b, nodeB)
            && b.isLevel(with: a, nodeA)
    }

    /// One side.
    struct Side {
        /// What it knows of the other.
        let neighbour: Neighbour
        /// The tokens that it knows as a source; nil where it has offered nothing yet.
        let offer: (seen: String?, offered: String?)?
        /// What all that a sync checks is now, in one number.
        let state: String?
        /// Whether that is what it was when a sync last found nothing wrong, and nothing else waits.
        let isUnchanged: Bool
        /// What the other side's was then.
        let checkedWith: String?
        /// Whether its logs hold what the other has not heard of.
        let isPending: Bool
        /// The number of the next transaction that writes, if none is under way.
        let nextXID: Int?

        /// From the answers to `Glance.questions`.
        init?(_ answers: [[Row]]) throws {
            guard answers.count == 3, let row = answers[0].first, let look = answers[2].first else {
                return nil
            }
            neighbour = try Neighbour(row)
            offer = try answers[1].first.map {
                (try $0.optionalString("seen"), try $0.optionalString("offered"))
            }
            state = try look.optionalString("state")
            checkedWith = try row.optionalString("checked_with")
            isPending = try look.optionalBool("is_pending") ?? true
            nextXID = try look.optionalInt("next_xid")
            isUnchanged = try look.optionalBool("is_unchanged") ?? false
        }

        /// Whether the other side is the one that this one knows, has applied of this one's log just what
        /// this one believes, and holds a token that this one has offered.
        func isLevel(with other: Side, _ node: Node) -> Bool {
            guard neighbour.identity == node.identity, neighbour.knownAs == nil,
                let received = other.neighbour.received,
                received.text == neighbour.acknowledged?.text
            else { return false }
            let token = other.neighbour.receivedToken
            return offer.map { [$0.seen, $0.offered].contains(token) } ?? (token == nil)
        }
    }

    /// What each side is asked, about the other.
    static func questions(about number: Int) -> [SQL] {
        [
            """
            select \(Neighbour.columns), checked_with
            from replication.neighbour
            where number = \(number)
            """,
            "select seen, offered from replication.offer where neighbour = \(number)",
            """
            select state, is_unchanged, is_pending, next_xid
            from replication.glance(\(number)::int)
            """,
        ]
    }

    /// That there was nothing to do.
    func note(at side: Side?, of number: Int, _ clockSkew: ClockSkew) -> SQL {
        """
        select replication.note_rest(\(number)::int, \(side?.nextXID)::bigint,
            \(String(clockSkew.seconds))::float8, \(String(clockSkew.error))::float8)
        """
    }

    static func remember(_ state: String, with other: String, of number: Int) -> SQL {
        """
        select replication.note_check(\(number)::int, \(state)::numeric, \(other)::numeric)
        """
    }
}
