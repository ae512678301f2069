import Postgres

/// One agent at a time is on an edge.
extension Edge {
    /// Runs the body while no other agent is on the edge. It is told how far the clocks are apart.
    func withLock<T>(_ body: (ClockSkew) throws -> T) throws -> T {
        try withLock(asking: ([], [])) { skew, _ in try body(skew) }
    }

    /// The same, with questions that both sides answer in the same round trip as they are locked, and
    /// at the same time.
    ///
    /// Neither side is waited for. Of two agents that come at once each may get one side: the one that
    /// has the lower node number's tries again for the other, and the other gives up. The lock goes with
    /// the session, however that ends.
    func withLock<T>(
        asking questions: (ofA: [SQL], ofB: [SQL]),
        _ body: (ClockSkew, (ofA: [[Row]], ofB: [[Row]])) throws -> T
    ) throws -> T {
        var held: [Connection] = []
        defer {
            for connection in held where connection.isAlive && !connection.isInTransaction {
                release(connection)
            }
        }
        let asked = (locking(questions.ofA), locking(questions.ofB))
        let answers: ([[Row]], [[Row]])
        do {
            answers = try Connection.queries((a, asked.0), (b, asked.1))
        } catch let error as PostgresError where !error.isConnectionFailure && asked.0.count > 2 {
            // A lock is kept although what follows it fails. Whoever asks learns nothing, and looks closer.
            logger.debug("no glance: \(error.summary)")
            for connection in [a, b] { release(connection) }
            return try withLock(asking: ([], []), body)
        } catch {
            held = [a, b]
            throw error
        }
        var sideA = try LockAnswer(answers.0, from: a)
        var sideB = try LockAnswer(answers.1, from: b)
        if sideA.isHeld { held.append(a) }
        if sideB.isHeld { held.append(b) }
        let isAFirst = nodeA.number < nodeB.number
        for _ in 0..<Self.attempts
        where held.count == 1 && (isAFirst ? sideA.isHeld : sideB.isHeld) {
            Retry.wait(after: 0)
            if isAFirst {
                sideB = try LockAnswer(b.queries(asked.1), from: b)
                if sideB.isHeld { held.append(b) }
            } else {
                sideA = try LockAnswer(a.queries(asked.0), from: a)
                if sideA.isHeld { held.append(a) }
            }
        }
        guard held.count == 2 else {
            let missing = [(sideA, a), (sideB, b)].filter { !$0.0.isHeld }.map(\.1)
            throw ReplicationError.busy(
                nodeA.label, nodeB.label, by: missing.flatMap { Occupant.all($0, lock: key) })
        }
        return try body(
            ClockSkew(sideA.reading, sideB.reading), (sideA.answers, sideB.answers))
    }

    /// How often the second side is tried.
    private static let attempts = 5

    private var key: Int { Self.key(nodeA.number, nodeB.number) }

    /// By what the lock of an edge is known, in a database at either end.
    static func key(_ number: Int, _ other: Int) -> Int {
        min(number, other) << 15 | max(number, other)
    }

    /// The clock is read in front of and behind the questions, so that what they take does not count.
    private func locking(_ questions: [SQL]) -> [SQL] {
        let clock: SQL = "extract(epoch from clock_timestamp()) as clock"
        let lock: SQL = """
            select \(clock), pg_try_advisory_lock(hashtext('trompe')::int, \(key)::int) as held
            """
        return [lock] + questions + ["select \(clock)"]
    }

    /// A session that cannot release its lock is ended, and the lock with it.
    private func release(_ connection: Connection) {
        do {
            try connection.execute(
                "select pg_advisory_unlock(hashtext('trompe')::int, \(key)::int)")
        } catch {
            connection.close()
        }
    }
}

/// What one side says.
private struct LockAnswer {
    let isHeld: Bool
    let reading: ClockReading
    /// To the questions.
    let answers: [[Row]]

    init(_ answers: [[Row]], from connection: Connection) throws {
        let (first, last) = (answers.first?.first, answers.last?.first)
        isHeld = try first?.bool("held") ?? false
        let times = try [first, last].map { Double(try $0?.string("clock") ?? "") ?? .nan }
        reading = ClockReading(
            sentAt: connection.sentAt, received: times[0], answered: times[1],
            heardAt: connection.heardAt)
        self.answers = Array(answers.dropFirst().dropLast())
    }
}
