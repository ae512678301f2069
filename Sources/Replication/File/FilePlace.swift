import Postgres

/// Where a file belongs in the history of an edge: whether it is for the node that it was given to, whether
/// that has all of it already, and whether it can be carried out there.
struct FilePlace {
    let header: ExportHeader
    /// What messages call the file.
    let name: String

    /// Whether it has something that the node lacks. Refuses a file that is not for it, or that does not
    /// continue what it has.
    func hasNews(for target: Connection, _ node: Node) throws -> Bool {
        try checkParties(node)
        let found = try Neighbour.all(target, number: header.from.number).first
        try node.checkOriginal(before: found?.service ?? header.from.name)
        guard let known = found else {
            throw refused(
                "it comes from \(header.from.name), node \(header.from.number), which is no "
                    + "neighbour of \(node.label)",
                "nothing was changed; a file travels over an edge of the tree (trompe status)")
        }
        guard known.identity == header.from.identity else {
            throw refused(
                "it comes from another installation than \(node.label)'s neighbour "
                    + "\(known.name), or from before that came back",
                "nothing was changed; make a new one: trompe export")
        }
        if known.knownAs != nil {
            throw ReplicationError.mustRejoin(database: node.label, neighbour: known.name)
        }
        if let pause = known.pause {
            throw ReplicationError.paused(
                database: node.label, neighbour: known.name, pause: pause)
        }
        let state = try compare(target, known)
        if state.isKnown { return false }
        try checkPast(state, known, node)
        try checkCrossing(state, known, node)
        return true
    }

    private func checkParties(_ node: Node) throws {
        guard header.to.identity == node.identity, header.to.number == node.number else {
            let isSameNumber = header.to.number == node.number
            throw refused(
                "it is for \(header.to.name), node \(header.to.number)"
                    + (isSameNumber
                        ? ", as it was before it came back, or for another database of that number"
                        : ", and \(node.label) is node \(node.number)"),
                "nothing was changed; import it there, or make one for this node: trompe export")
        }
        guard header.schema == Schema.version else {
            throw refused(
                "it is of version \(header.schema) of the schema \"replication\", and "
                    + "\(node.label) of \(Schema.version)",
                "nothing was changed; upgrade both nodes to the same version, and export again")
        }
        guard header.digest == Schema.digest else {
            throw refused(
                "it was made by another build of trompe",
                "nothing was changed. All nodes of a tree use one build: put the newest one "
                    + "everywhere, run trompe upgrade on both nodes, and export again")
        }
        guard header.modulus == node.modulus else {
            throw refused(
                "it comes from a tree of other numbers: up to \(header.modulus), not \(node.modulus)",
                "nothing was changed")
        }
    }

    /// How the file and the node compare; all as the node sees it.
    private struct State {
        /// The node has all that the file shows.
        let isKnown: Bool
        /// The node has all that the file takes for granted.
        let isContinuous: Bool
        /// The sender knew all of the node's log that it is known to have by now.
        let isCurrent: Bool
        /// The node has an offer that the file's sender remembered.
        let isRemembered: Bool
        /// The sender had an offer that the node remembers; where not, whether that is because the node
        /// has forgotten it, and not because there were others since.
        let remembers: Bool
        let hasForgotten: Bool
        /// The node has offered the sender more than it had heard, which it may have taken since.
        let hasOffered: Bool
    }

    private func compare(_ target: Connection, _ known: Neighbour) throws -> State {
        let row = try target.query(
            """
            select coalesce(replication.covers(n.received, \(header.snapshot)::pg_snapshot), false)
                    as is_known,
                coalesce(replication.covers(n.received, \(header.since)::pg_snapshot),
                    \(header.isWayBack)) as is_continuous,
                n.acknowledged is null
                    or coalesce(replication.covers(\(header.heard)::pg_snapshot, n.acknowledged), false)
                    as is_current,
                n.received_token is null or n.received_token = any (\(header.tokens)::uuid[])
                    as is_remembered,
                \(header.heardToken)::uuid is null
                    or \(header.heardToken)::uuid in (o.seen, o.offered)
                    or exists (
                        select
                        from replication.file_offer as f
                        where f.neighbour = n.number
                            and f.token = \(header.heardToken)::uuid
                    ) as remembers,
                o.xid is null
                    or pg_snapshot_xmax(\(header.heard)::pg_snapshot)::text::bigint > o.xid
                    as has_forgotten,
                o.offered is distinct from \(header.heardToken)::uuid
                    and o.offered is distinct from o.seen
                    and not exists (
                        select from replication.file_offer as f where f.token = o.offered
                    )
                    or n.number < \(header.to.number)
                    and exists (
                        select
                        from replication.file_offer as f
                        where f.neighbour = n.number
                            and replication.covers(\(header.heard)::pg_snapshot, f.snapshot)
                                is not true
                    ) as has_offered
            from replication.neighbour as n
                left join replication.offer as o on o.neighbour = n.number
            where n.number = \(known.number)
            """
        ).first
        return State(
            isKnown: try row?.bool("is_known") ?? false,
            isContinuous: try row?.bool("is_continuous") ?? false,
            isCurrent: try row?.bool("is_current") ?? false,
            isRemembered: try row?.bool("is_remembered") ?? false,
            remembers: try row?.optionalBool("remembers") ?? false,
            hasForgotten: try row?.optionalBool("has_forgotten") ?? true,
            hasOffered: try row?.optionalBool("has_offered") ?? true)
    }

    private func checkPast(_ state: State, _ known: Neighbour, _ node: Node) throws {
        guard state.isRemembered, state.isContinuous, state.remembers || !state.hasForgotten else {
            throw refused(
                "\(node.label) and \(known.name) do not remember the same past: one of them went "
                    + "back in time, as where a backup was restored, before the file was made or "
                    + "since",
                "nothing was changed; sync the two online, which tells which of them it was "
                    + "(README, Backups); then export again")
        }
        guard state.isCurrent, state.remembers else {
            throw refused(
                "\(known.name) has taken more from \(node.label) since the file was made: some of "
                    + "what is in it may be out of date",
                "nothing was changed, and nothing is lost: make a new file on \(known.name), or "
                    + "sync")
        }
    }

    /// Where the sender has taken more since, it has decided conflicts about rows of which the file has an
    /// older state; decided here by that, they can come to another end. So of two files that cross one has
    /// to be made again: that of the lower number. The other one is never late, as nothing that its sender
    /// had not heard of is carried out there while it is under way.
    private func checkCrossing(_ state: State, _ known: Neighbour, _ node: Node) throws {
        guard state.hasOffered else { return }
        throw refused(
            "\(known.name) may have taken more from \(node.label) since the file was made: one that "
                + "crosses it was exported here, or a sync was cut off or went one way",
            "nothing was changed, and nothing is lost: make a file here for \(known.name), import "
                + "that there, and then make a new one there; or sync")
    }

    private func refused(_ because: String, _ hint: String) -> ReplicationError {
        .fileRefused(file: name, because: because, hint: hint)
    }
}
