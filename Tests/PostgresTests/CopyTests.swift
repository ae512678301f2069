import Testing

@testable import Postgres

/// Streams between two sessions, and what is left when one of them fails.
struct CopyTests {
    struct Stop: Error {}

    let source: Connection
    let target: Connection

    init() throws {
        source = try Server.connect(label: "source")
        target = try Server.connect(label: "target")
        try target.script("create temporary table t (x int primary key, y text)")
    }

    private func rowCount() throws -> Int {
        try target.query("select count(*) as n from t")[0].int("n")
    }

    private func bothAnswer() throws {
        for connection in [source, target] {
            #expect(try connection.query("select 1 as one")[0].int("one") == 1)
        }
    }

    private static let rows: SQL =
        "select x, 'é' || x || E'\\n\\\\' from generate_series(1, 100000) x"

    /// As a column, not in FROM: there the server would first store all of it.
    private static let endless: SQL = "generate_series(1, 1000000000000)"

    @Test(arguments: ["text", "binary"])
    func aHundredThousandRowsPass(format: String) throws {
        var seen: [Int] = []
        let count = try source.copy(
            "copy (\(Self.rows)) to stdout (format \(raw: format))", to: target,
            into: "copy t from stdin (format \(raw: format))", progress: { seen.append($0) })
        #expect(count.rows == 100_000)
        #expect(count.bytes > 1_000_000)
        #expect(seen.count > 90 && seen.last == 100_000 && seen == seen.sorted())
        let sum: SQL = "select md5(string_agg(y, ',' order by x)) as sum from "
        let sent = try source.query(sum + "(\(Self.rows)) rows (x, y)")[0].string("sum")
        #expect(try target.query(sum + "t")[0].string("sum") == sent)
    }

    @Test func theTargetsErrorComesOut() throws {
        let error = try failure {
            try source.copy(
                "copy (select x / 2, 'twice' from generate_series(1, 10) x) to stdout", to: target,
                into: "copy t from stdin")
        }
        #expect(error.sqlstate == SQLState.uniqueViolation && error.database == "target")
        #expect(try rowCount() == 0)
        try bothAnswer()
    }

    @Test func anEndlessSourceIsStoppedWhenTheTargetFails() throws {
        let error = try failure {
            try source.copy(
                "copy (select 1, \(Self.endless)) to stdout", to: target,
                into: "copy t from stdin")
        }
        #expect(error.sqlstate == SQLState.uniqueViolation && error.database == "target")
        try bothAnswer()
    }

    @Test func theSourcesErrorComesOut() throws {
        let error = try failure {
            try source.copy(
                "copy (select x, 1 / (50000 - x) from generate_series(1, 100000) x) to stdout",
                to: target, into: "copy t from stdin")
        }
        #expect(error.sqlstate == "22012" && error.database == "source")
        #expect(try rowCount() == 0)
        try bothAnswer()
    }

    @Test func eitherSideMayRefuseToBegin() throws {
        let none = try failure {
            try source.copy("copy public.nowhere to stdout", to: target, into: "copy t from stdin")
        }
        #expect(none.sqlstate == SQLState.undefinedTable && none.database == "source")
        try bothAnswer()
        let missing = try failure {
            try source.copy(
                "copy (select 1) to stdout", to: target, into: "copy public.nowhere from stdin")
        }
        #expect(missing.sqlstate == SQLState.undefinedTable && missing.database == "target")
        let wrong = try failure {
            try source.copy("select 1", to: target, into: "copy t from stdin")
        }
        #expect(wrong.message.hasPrefix("not a COPY") && wrong.database == "source")
        try bothAnswer()
    }

    @Test func transactionsGoOnAfterRollback() throws {
        try target.transaction {
            try target.execute("insert into t values (1, 'kept')")
            #expect(throws: PostgresError.self) {
                try target.savepoint {
                    try source.copy(
                        "copy (select 1, 'again') to stdout", to: target, into: "copy t from stdin")
                }
            }
        }
        #expect(try rowCount() == 1)
    }

    @Test func aLostTargetIsToldAndTheSourceSurvives() throws {
        let pid = target.backendPID
        let error = try failure {
            try source.copy(
                "copy (select \(Self.endless), 'y') to stdout", to: target,
                into: "copy t from stdin",
                progress: { _ in
                    #expect(throws: Never.self) {
                        try Server.connect().execute("select pg_terminate_backend(\(pid)::int)")
                    }
                })
        }
        #expect(error.isConnectionFailure && error.database == "target")
        #expect(try source.query("select 1 as one")[0].int("one") == 1)
        #expect(!target.isAlive)
    }

    @Test func aLostSourceIsToldAndNothingIsCompleted() throws {
        let pid = source.backendPID
        let error = try failure {
            try source.copy(
                "copy (select \(Self.endless), 'y') to stdout", to: target,
                into: "copy t from stdin",
                progress: { _ in
                    #expect(throws: Never.self) {
                        try Server.connect().execute("select pg_terminate_backend(\(pid)::int)")
                    }
                })
        }
        #expect(error.isConnectionFailure && error.database == "source")
        #expect(try rowCount() == 0)
    }

    @Test func noticesAreNotTakenForErrors() throws {
        try target.script(
            """
            create function pg_temp.shout() returns trigger language plpgsql as
                $$ begin raise notice '%', repeat('loud', 100); return new; end $$;
            create trigger shout before insert on t
                for each row when (new.x % 7 = 0) execute function pg_temp.shout()
            """)
        var heard = 0
        target.onNotice = { _ in heard += 1 }
        let count = try source.copy(
            "copy (\(Self.rows)) to stdout", to: target, into: "copy t from stdin")
        #expect(count.rows == 100_000 && heard == 100_000 / 7)
    }

    @Test func linesGoInAndComeOut() throws {
        #expect(try target.copyIn("copy t from stdin", lines: ["1\tone", "2\t\\N"]) == 2)
        var lines: [String] = []
        let count = try target.copyOut("copy t to stdout") {
            lines.append(String(decoding: $0, as: UTF8.self))
        }
        #expect(count == 2 && lines == ["1\tone\n", "2\t\\N\n"])
        let error = try failure { try target.copyIn("copy t from stdin", lines: ["x"]) }
        #expect(error.sqlstate == SQLState.invalidTextRepresentation)
        #expect(try rowCount() == 2)
    }

    @Test func aReaderMayStop() throws {
        var count = 0
        #expect(throws: Stop.self) {
            try source.copyOut("copy (select \(Self.endless)) to stdout") { _ in
                count += 1
                if count == 10 { throw Stop() }
            }
        }
        #expect(count == 10)
        try bothAnswer()
    }
}
