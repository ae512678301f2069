import CLibPQ

extension Connection {
    /// Runs the body in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// The body's own error is thrown, whatever becomes of the rollback; a connection that cannot
    /// even roll back is closed, so that nothing goes on in a transaction left open. A COMMIT that
    /// rolled back, because the body caught an error of the server and returned, is an error.
    ///
    /// - Parameter begin: the statement that begins it, with isolation level and the like.
    public func transaction<T>(
        _ begin: String = "begin", _ body: () throws -> T
    ) throws -> T {
        try transaction(
            opening: {
                try script(begin)
                return []
            }, body: { _ in try body() })
    }

    /// The same, with some statements that are sent together with the one that begins it; the body gets
    /// their rows. It may send `commit` together with its last statements: `queries` runs that only if
    /// none before it has failed.
    public func transaction<T>(
        _ begin: SQL, with statements: [SQL], _ body: ([[Row]]) throws -> T
    ) throws -> T {
        try transaction(
            opening: {
                let answers = try queries([begin] + statements)
                try checkLent()
                return Array(answers.dropFirst())
            }, body: body)
    }

    private func transaction<T>(
        opening open: () throws -> [[Row]], body: ([[Row]]) throws -> T
    ) throws -> T {
        guard !isInTransaction else {
            throw PostgresError(
                "a transaction is open already", hint: "nest savepoints", database: label)
        }
        let value: T
        do {
            value = try body(open())
        } catch {
            rollBack("rollback")
            throw error
        }
        if isIdle { return value }
        let commit: Result
        do {
            commit = try run("commit")
        } catch {
            rollBack("rollback")
            throw error
        }
        guard commit.command == "COMMIT" else {
            throw PostgresError(
                "the transaction had failed and was rolled back at its end", statement: "commit",
                database: label)
        }
        return value
    }

    /// A whole transaction in one round trip: rolled back where one of the statements fails.
    ///
    /// - Returns: the rows of each statement.
    public func transaction(_ begin: SQL, _ statements: [SQL]) throws -> [[Row]] {
        try transaction(begin, with: statements + ["commit"]) { $0 }
    }

    /// Runs the body in a savepoint of the open transaction: released when it returns; when it
    /// throws, what it did is undone and the transaction can go on.
    public func savepoint<T>(_ body: () throws -> T) throws -> T {
        try savepoint(with: []) { _ in try body() }
    }

    /// The same, with some statements that are sent together with it; the body gets their rows.
    public func savepoint<T>(with statements: [SQL], _ body: ([[Row]]) throws -> T) throws -> T {
        savepointDepth += 1
        defer { savepointDepth -= 1 }
        let name = "savepoint_\(savepointDepth)"
        do {
            let answers = try queries(["savepoint \(raw: name)"] + statements)
            let value = try body(Array(answers.dropFirst()))
            try script("release savepoint \(name)")
            return value
        } catch {
            rollBack("rollback to savepoint \(name); release savepoint \(name)")
            throw error
        }
    }

    /// The error that led here matters more than one of the rollback, which only says again that
    /// the connection is lost; closed, it says so to whoever uses it next.
    private func rollBack(_ statement: String) {
        guard isInTransaction else { return }
        do { try script(statement) } catch { close() }
    }
}
