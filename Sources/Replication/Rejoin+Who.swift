import Postgres

/// Who it is that comes back, and as whom: everything that can be refused, before anything changes.
extension Rejoin {
    /// A copy becomes a node of its own.
    func becomeAnother(_ number: Int, _ report: inout Report) throws {
        guard (1...a.node.modulus).contains(number) else {
            throw ReplicationError.badNumber(node: number, modulus: a.node.modulus)
        }
        try b.node.checkOriginal(before: a.node.label)
        let taken = try Tree(b.connection).members.first { $0.number == number }
        guard taken == nil, number != b.node.number else {
            throw ReplicationError.numberTaken(
                number: number, here: taken?.name ?? b.node.name, there: a.node.label)
        }
        try checkSides()
        try comeBack(a, with: b, number: number, name: options.name)
        report.returned = [a.node.label]
    }

    /// The node that went back is found, whichever of the two it is, and takes its own number again.
    func becomeItself(_ report: inout Report) throws {
        if a.node.number == b.node.number {
            throw ReplicationError.copyNeedsNumber(
                database: a.node.label, number: a.node.number, neighbour: b.node.label,
                why: "\(b.node.label) has it too")
        }
        let returning = try [(a, b), (b, a)].filter { try hasGoneBack($0.0, with: $0.1) }
        for (side, other) in returning { try checkClaim(side, before: other) }
        try checkSides()
        for (side, other) in returning {
            let name = side.node == a.node ? options.name : nil
            try comeBack(side, with: other, number: side.node.number, name: name)
            report.returned.append(side.node.label)
        }
    }

    /// Whether a side is not what it was, and has not come back from that yet.
    private func hasGoneBack(_ side: Side, with other: Side) throws -> Bool {
        guard side.node.isOriginal else { return true }
        // An interrupted rejoin: the side came back, and the other has not heard of it.
        for (one, two) in [(side, other), (other, side)] {
            if let formerly = try one.neighbour(two)?.knownAs,
                try two.neighbour(one)?.identity == formerly
            {
                return false
            }
        }
        return try Offer.reasonAgainst(
            side.connection, side.node, with: other.connection, other.node) != nil
    }

    /// Refuses a node that another database has taken the place of, or whose original is here still:
    /// both would draw the same numbers.
    private func checkClaim(_ side: Side, before other: Side) throws {
        guard !options.replaces else { return }
        let why: String? =
            if try !side.node.isOriginal && hasLivingOriginal(side) {
                "the database that it was copied from is on this server still"
            } else if let known = try other.neighbour(side)?.identity,
                known != side.node.identity, try side.neighbour(other)?.knownAs != known
            {
                "for \(other.node.name), another database has it by now"
            } else {
                nil
            }
        if let why {
            throw ReplicationError.copyNeedsNumber(
                database: side.node.label, number: side.node.number,
                neighbour: other.node.label, why: why)
        }
    }

    private func hasLivingOriginal(_ side: Side) throws -> Bool {
        let rows = try side.connection.query(
            "select replication.has_living_original() as is_living")
        return try rows.first?.bool("is_living") ?? false
    }

    /// What would stop the merge is found before anything changes.
    private func checkSides() throws {
        for side in [a, b] { try Rights.check(side.connection) }
        for side in [a, b] { _ = try Capture.verify(side.connection, isDryRun: true) }
        // Changes of schema that one of them lacks come with the merge, which compares the shapes then.
        for (source, target) in [(a, b), (b, a)] {
            let lacking = try SchemaChange.pending(
                at: source.connection, received: .nothing, knownTo: target.connection)
            if !lacking.isEmpty { return }
        }
        _ = try Shape.check(a.connection, b.connection)
    }
}

/// The numbers that sequences have handed out.
enum Numbers {
    /// The highest number of one column.
    struct Highest {
        let table: String
        let column: String
        let number: String
    }

    /// What databases know of them.
    static func known(to databases: [Connection]) throws -> [Highest] {
        try databases.flatMap { database in
            try database.query(
                """
                select tablename, column_name, highest
                from replication.highest_numbers()
                where highest is not null
                """
            ).map { row in
                Highest(
                    table: try row.string("tablename"), column: try row.string("column_name"),
                    number: try row.string("highest"))
            }
        }
    }

    /// Lets the sequences of a database go on above them.
    static func pass(_ numbers: [Highest], at database: Connection) throws {
        for highest in numbers {
            try database.execute(
                """
                select replication.pass_number(\(highest.table), \(highest.column),
                    \(highest.number)::numeric)
                """)
        }
    }
}

extension Rejoin {
    /// All edges of a node, locked on its side: no agent is on one of them while it comes back.
    struct Locks {
        private let side: Side
        private let other: Side

        init(_ side: Side, _ other: Side) {
            self.side = side
            self.other = other
        }

        /// Runs the body under the locks.
        ///
        /// - Throws: `ReplicationError.busy` where an agent is on an edge.
        func hold(_ body: () throws -> Void) throws {
            let here = side.node.number
            let numbers = Set(try Neighbour.all(side.connection).map(\.number))
                .union([other.node.number]).sorted()
            let keys = numbers.map { min($0, here) << 15 | max($0, here) }
            defer { release(keys) }
            for (key, number) in zip(keys, numbers) {
                let rows = try side.connection.query(
                    "select pg_try_advisory_lock(hashtext('trompe')::int, \(key)::int) as held")
                guard try rows.first?.bool("held") ?? false else {
                    throw ReplicationError.busy(side.node.label, "its neighbour \(number)")
                }
            }
            try body()
        }

        /// The session has no other lock of this kind; one that cannot release them is ended.
        private func release(_ keys: [Int]) {
            guard side.connection.isAlive, !side.connection.isInTransaction else { return }
            do {
                try side.connection.execute("select pg_advisory_unlock_all()")
            } catch {
                side.connection.close()
            }
        }
    }
}
