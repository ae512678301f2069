import Postgres

/// What is written on both sides.
extension Graft {
    /// The edge that is made: its id, its time, and the trees of both sides.
    struct Made {
        let id: String
        let madeAt: String
        let ofA: Tree
        let ofB: Tree
    }

    /// Refuses what no new edge may be, and gives it an id; the one that it has where the last graft of the
    /// two was cut off.
    func checkEdge() throws -> Made {
        for (side, other) in [(a, b), (b, a)] {
            for neighbour in try Neighbour.all(side.connection)
            where neighbour.number == dead.number {
                try check(neighbour, side)
            }
            try Neighbour.all(side.connection, number: other.node.number).first?
                .check(is: other.node, knownTo: side.node)
        }
        let (treeA, treeB) = (try Tree(a.connection), try Tree(b.connection))
        try edge.checkNumbers(treeA, treeB)
        var tree = treeA.union(treeB)
        tree.edges.removeAll { [$0.low, $0.high].contains(dead.number) }
        let ends = [a.node.number, b.node.number].sorted()
        let present = tree.edges.first { [$0.low, $0.high] == ends }
        if let path = tree.path(from: a.node.number, to: b.node.number, without: present) {
            let way = path + [a.node.number]
            throw ReplicationError.cycle(
                a.node.label, b.node.label, path: way.map(tree.name).joined(separator: " - "),
                isNew: true)
        }
        if let present {
            return Made(id: present.id, madeAt: present.madeAt, ofA: treeA, ofB: treeB)
        }
        let rows = try a.connection.query(
            """
            select gen_random_uuid() as id,
                to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as made_at
            """)
        guard let row = rows.first else {
            throw ReplicationError.notInstalled(database: a.node.label)
        }
        return Made(
            id: try row.string("id"), madeAt: try row.string("made_at"), ofA: treeA, ofB: treeB)
    }

    private func check(_ neighbour: Neighbour, _ side: Side) throws {
        if let pause = neighbour.pause {
            throw ReplicationError.paused(
                database: side.node.label, neighbour: dead.name, pause: pause)
        }
        if neighbour.knownAs != nil || neighbour.isClone {
            throw ReplicationError.notGraftable(
                a.node.label, b.node.label,
                because: neighbour.isClone
                    ? "\(dead.name) is no node yet: a clone of \(side.node.label) that is being made"
                    : "\(side.node.label) has not come back to \(dead.name) since it went back in time",
                hint: "nothing was changed; run: trompe unlink \(side.node.label) --node "
                    + "\(dead.number), then trompe link, and trompe sync --merge")
        }
    }

    /// Both transactions, open until all is known; B's commits first.
    func join(_ known: Known, _ made: Made) throws {
        try inTransaction(a) {
            try inTransaction(b) {
                try settle(known)
                try join(
                    a, b, made.ofB, made, here: known.ofB, there: known.ofA)
                try join(
                    b, a, made.ofA, made, here: known.ofA, there: known.ofB)
            }
        }
    }

    private func inTransaction(_ side: Side, _ body: () throws -> Void) throws {
        try side.connection.transaction(
            "begin isolation level read committed",
            with: [
                "set local synchronous_commit = on",
                "select set_config('lock_timeout', \("\(options.lockTimeoutMilliseconds)ms"), true)",
                // The backend of an agent that died writes no watermark behind this.
                "select number from replication.neighbour order by number for update",
            ]
        ) { _ in try body() }
    }

    /// What either has seen shall not be sent to it, and all else shall.
    private func settle(_ known: Known) throws {
        for (side, since) in [(a, known.sinceA), (b, known.sinceB)] {
            try side.connection.execute(
                "select replication.begin_graft(\(since.text)::pg_snapshot)")
        }
        try exchange("graft_name", "graft_theirs")
        for (side, other, seen, levelTo) in [
            (a, b, known.ofA, known.levelToA), (b, a, known.ofB, known.levelToB),
        ] {
            try side.connection.execute(
                """
                select replication.settle_graft(\(other.node.number)::int, \(dead.number)::int,
                    \(seen.text)::pg_snapshot, \(levelTo)::bigint)
                """)
            try side.connection.execute(
                """
                select replication.doubt_graft(\(other.node.number)::int, \(seen.text)::pg_snapshot)
                """)
        }
        try exchange("graft_doubt", "graft_their_doubt")
        for (side, other) in [(a, b), (b, a)] {
            try side.connection.execute(
                "select replication.tell_graft(\(other.node.number)::int)")
        }
    }

    private func exchange(_ mine: String, _ theirs: String) throws {
        for (side, other) in [(a, b), (b, a)] {
            try side.connection.copy(
                "copy pg_temp.\(raw: mine) to stdout", to: other.connection,
                into: "copy pg_temp.\(raw: theirs) from stdin")
        }
    }

    /// - Parameters:
    ///   - here: what the side has of the other's log.
    ///   - there: what the other has of its log.
    private func join(
        _ side: Side, _ other: Side, _ tree: Tree, _ made: Made, here: Watermark, there: Watermark
    ) throws {
        for member in tree.members where member.number != dead.number {
            try side.connection.execute(
                """
                insert into replication.member (number, name, identity)
                values (\(member.number), \(member.name), \(member.identity)::uuid)
                on conflict do nothing
                """)
        }
        for edge in tree.edges where ![edge.low, edge.high].contains(dead.number) {
            try side.connection.execute(
                """
                insert into replication.edge (low, high, id, made_at)
                values (\(edge.low), \(edge.high), \(edge.id)::uuid,
                    \(edge.madeAt)::timestamp at time zone 'UTC')
                on conflict do nothing
                """)
        }
        try side.connection.execute(
            """
            select replication.join_graft(\(other.node.number)::int, \(other.node.name),
                \(other.node.identity)::uuid, \(other.service)::text, \(dead.number)::int,
                \(here.text)::pg_snapshot, \(there.text)::pg_snapshot, \(made.id)::uuid,
                \(made.madeAt)::timestamp at time zone 'UTC')
            """)
    }
}
