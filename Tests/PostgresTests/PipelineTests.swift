import Postgres
import Testing

/// Several statements in one round trip.
@Suite struct PipelineTests {
    @Test func eachAnswersForItself() throws {
        let connection = try Server.connect()
        let before = connection.roundTrips
        let missing: String? = nil
        let answers = try connection.queries([
            "select \("a")::text as x", "select \(missing)::text as x",
            "select i::text as x from generate_series(1, 3) as i", "select 'none' as x where false",
        ])
        #expect(connection.roundTrips == before + 1)
        #expect(
            try answers.map { try $0.map { try $0.optionalString("x") } }
                == [["a"], [nil], ["1", "2", "3"], []])
        #expect(try connection.queries([]).isEmpty)
        #expect(try connection.query("select 1 as one").first?.int("one") == 1)
    }

    /// The first error is told, what stands behind it is not run, and the session can be used again.
    @Test func anErrorEndsThem() throws {
        let connection = try Server.connect()
        let error = try #require(throws: PostgresError.self) {
            try connection.queries([
                "create temporary table t as select 1 as one", "select 1 / 0 as x",
                "create temporary table u as select 1 as one",
            ])
        }
        #expect(error.sqlstate == "22012")
        #expect(error.statement == "select 1 / 0 as x")
        // They were one transaction.
        let tables = try connection.queries([
            "select to_regclass('pg_temp.t')::text as name",
            "select to_regclass('pg_temp.u')::text as name",
        ])
        #expect(try tables.map { try $0.first?.optionalString("name") } == [nil, nil])
        try connection.script("begin")
        #expect(throws: PostgresError.self) {
            try connection.queries(["select 1 / 0 as x", "select 1 as x"])
        }
        #expect(connection.isInTransaction)
        try connection.script("rollback")
        #expect(throws: PostgresError.self) { try connection.queries(["select 1", "sel\0ect 2"]) }
        #expect(try connection.query("select 1 as one").first?.int("one") == 1)
    }

    @Test func aLostConnectionIsAnError() throws {
        let server = try Server.shared.get()
        let (connection, other) = try (
            Connection(server.conninfo()), Connection(server.conninfo())
        )
        try other.execute("select pg_terminate_backend(\(connection.backendPID))")
        let error = try #require(throws: PostgresError.self) {
            try connection.queries(["select 1 as x", "select 2 as x"])
        }
        #expect(error.isConnectionFailure)
    }
}
