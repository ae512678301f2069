import CLibPQ

extension Connection {
    /// Runs several statements in one round trip, each as `query` would. The first that fails ends them:
    /// those behind it are not run. Outside a transaction they are one.
    ///
    /// - Returns: the rows of each.
    public func queries(_ statements: [SQL]) throws -> [[Row]] {
        guard let first = statements.first else { return [] }
        guard statements.count > 1 else { return [try query(first)] }
        let connection = try open(for: first.text)
        try send(statements)
        return try results(of: statements, connection)
    }

    /// The same on two connections at once: both servers work at the same time.
    ///
    /// - Returns: the rows of each statement of the first, and those of the second.
    /// - Throws: the first's error, else the second's; both have answered by then.
    public static func queries(
        _ first: (connection: Connection, statements: [SQL]),
        _ second: (connection: Connection, statements: [SQL])
    ) throws -> ([[Row]], [[Row]]) {
        let connections = (
            try first.connection.open(for: "a pipeline"),
            try second.connection.open(for: "a pipeline")
        )
        try first.connection.send(first.statements)
        do {
            try second.connection.send(second.statements)
        } catch {
            // Whoever uses the first again must not get these answers.
            _ = Swift.Result { try first.connection.results(of: first.statements, connections.0) }
            throw error
        }
        first.connection.companion = second.connection
        let answers = Swift.Result {
            try first.connection.results(of: first.statements, connections.0)
        }
        first.connection.companion = nil
        let others = Swift.Result {
            try second.connection.results(of: second.statements, connections.1)
        }
        return (try answers.get(), try others.get())
    }

    /// Sends statements behind each other, and the end of them.
    private func send(_ statements: [SQL]) throws {
        let connection = try open(for: "a pipeline")
        for sql in statements {
            _ = try CStrings([sql.text] + sql.parameters.compactMap { $0 }, database: label)
        }
        roundTrips += 1
        sentAt = ContinuousClock.now
        PQenterPipelineMode(connection)
        for sql in statements {
            let values = try CStrings(sql.parameters, database: label, statement: sql.text)
            values.withPointers { pointers in
                _ = PQsendQueryParams(
                    connection, sql.text, Int32(sql.parameters.count), nil, pointers, nil, nil, 0)
            }
        }
        PQpipelineSync(connection)
    }

    /// Reads one result for each statement, and leaves the pipeline, whatever became of them.
    private func results(
        of statements: [SQL], _ connection: OpaquePointer
    ) throws -> [[Row]] {
        var rows: [[Row]] = []
        var failure: PostgresError?
        for sql in statements {
            let result = try nextResult(connection)
            if let result, !result.isError {
                rows.append(result.rows(statement: sql.text, database: label))
            } else if failure == nil {
                failure = PostgresError(
                    result, connection: connection, statement: sql.text, database: label)
            }
            // Behind each statement's result there is a nil; a lost connection has nothing more.
            guard PQstatus(connection) == CONNECTION_OK else { break }
            while try nextResult(connection) != nil {}
        }
        if PQstatus(connection) == CONNECTION_OK {
            // The answer to the end of the pipeline.
            while let result = try nextResult(connection),
                result.status != PGRES_PIPELINE_SYNC
            {}
            PQexitPipelineMode(connection)
        }
        if let failure { throw failure }
        return rows
    }
}
