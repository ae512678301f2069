import Testing

@testable import Postgres

/// Values that go to a server and come back, and what errors say of them.
struct QueryTests {
    let connection: Connection

    init() throws {
        connection = try Server.connect()
    }

    @Test(arguments: [
        "", "it's", #"back\slash"#, #"'"\'"#, "größer → 🐘", "e\u{301}", "\"\u{301}", "a\nb\r\n\tc",
        "$1", "NULL", "{}",
    ])
    func textComesBack(text: String) throws {
        let rows = try connection.query(
            """
            select \(text)::text as value, \(literal: text)::text as literal,
                array[\(text), 'x'] as list, \([text, text])::text[] as sent
            """)
        #expect(rows.count == 1)
        // Compared as bytes: strings that only look equal must not pass.
        #expect(try Array(rows[0].string("value").utf8) == Array(text.utf8))
        #expect(try Array(rows[0].string("literal").utf8) == Array(text.utf8))
        #expect(try rows[0].strings("list") == [text, "x"])
        #expect(try rows[0].strings("sent") == [text, text])
    }

    @Test func literalsHoldWithoutStandardStrings() throws {
        try connection.script(
            "set standard_conforming_strings = off; set escape_string_warning = off")
        let row = try connection.query("select\(literal: #"a\'b"#)::text as value")[0]
        #expect(try row.string("value") == #"a\'b"#)
    }

    @Test func numbersTruthAndNothingComeBack() throws {
        let none: String? = nil
        let some: Int? = -5
        let row = try connection.query(
            """
            select \(Int.max)::int8 as big, \(Int64.min)::int8 as small, \(Int32(7))::int4 as i,
                \(true)::bool as yes, \(false)::bool as no, \(none)::text as nothing,
                \(some)::int as some, \([3, 1, 2])::int[] as list, '{}'::text[] as empty
            """)[0]
        #expect(try row.int("big") == .max)
        #expect(try row.int64("small") == .min)
        #expect(try row.int("i") == 7)
        #expect(try row.bool("yes") && !row.bool("no"))
        #expect(try row.optionalString("nothing") == nil)
        #expect(try row.optionalInt("nothing") == nil)
        #expect(try row.optionalInt64("some") == -5)
        #expect(try row.optionalBool("yes") == true)
        #expect(try row.ints("list") == [3, 1, 2])
        #expect(try row.strings("empty") == [])
    }

    @Test func rowsRefuseWhatIsNotThere() throws {
        let row = try connection.query("select 1 as one, null::int as nothing, 'x' as word")[0]
        let reads: [() throws -> Any] = [
            { try row.string("missing") }, { try row.optionalInt("missing") as Any },
            { try row.int("nothing") }, { try row.int("word") }, { try row.bool("one") },
            { try row.strings("word") },
        ]
        for read in reads {
            let error = try failure { _ = try read() }
            #expect(error.database == "db" && error.statement?.hasPrefix("select 1") == true)
        }
    }

    @Test(arguments: [#"we"ird"#, "With Space", "select", #"b\s"#, "naïve", "a.b", "'"])
    func identifiersAreTakenAsTheyAre(name: String) throws {
        try connection.script("create temporary table quoting (x int)")
        try connection.execute("alter table quoting add column \(id: name) int")
        try connection.execute("insert into \(id: ["pg_temp", "quoting"]) (\(id: name)) values (4)")
        #expect(try connection.query("select * from quoting")[0].int(name) == 4)
    }

    @Test func nulBytesAreRefusedNotCutOff() throws {
        let cut = "quoting\0rest"
        let statements: [SQL] = [
            "select 1 as \(id: cut)", "select \(cut)::text", "select \(literal: cut)",
            "select \(["a", cut])::text[]",
        ]
        for statement in statements {
            let error = try failure { try connection.execute(statement) }
            #expect(error.message.contains("NUL byte"))
            #expect(error.sqlstate == nil && !error.isConnectionFailure)
        }
        #expect(try failure { try connection.script("select 1\0; select 2") }.sqlstate == nil)
    }

    @Test func affectedRowsAreCounted() throws {
        #expect(try connection.execute("create temporary table counted (x int)") == 0)
        #expect(try connection.execute("insert into counted select generate_series(1, 5)") == 5)
        #expect(try connection.execute("update counted set x = 0 where x > \(3)") == 2)
        #expect(try connection.execute("delete from counted") == 5)
    }

    @Test func errorsSayWhatTheServerSaid() throws {
        try connection.script(
            "create temporary table checked (x int constraint small check (x < 9))")
        let secret = 987_654
        let error = try failure {
            try connection.execute("insert into checked select \(secret)::int + \(0)::int")
        }
        #expect(error.sqlstate == SQLState.checkViolation)
        #expect(error.constraint == "small" && error.table == "checked")
        #expect(error.schema?.hasPrefix("pg_temp") == true)
        #expect(error.statement == "insert into checked select $1::int + $2::int")
        #expect(error.database == "db" && !error.isConnectionFailure)

        let division = try failure { try connection.execute("select \(secret)::int / \(0)::int") }
        #expect(division.sqlstate == "22012")
        #expect(!division.description.contains("987654"))
        #expect(division.description.hasPrefix("db: division by zero (22012)"))
        // An error leaves the connection as it was.
        #expect(try connection.query("select 1 as one")[0].int("one") == 1)
    }

    @Test func hintsAndLongStatementsAreShown() throws {
        let column = String(repeating: "x", count: 600)
        let error = try failure { try connection.execute("select lowered(1) as \(id: column)") }
        #expect(error.sqlstate == SQLState.undefinedFunction)
        #expect(error.description.contains("\nhint: No function matches"))
        #expect(error.statement?.count ?? 0 > 600)
        #expect(error.description.hasSuffix("xxx ..."))
    }

    @Test func oneStatementAtATimeUnlessScripted() throws {
        #expect(
            try failure { try connection.execute("select 1; select 2") }.sqlstate
                == SQLState.syntaxError)
        try connection.script("create temporary table a (); create temporary table b ()")
        #expect(
            try failure { try connection.script("select 1; select nothing; select 2") }.sqlstate
                == SQLState.undefinedColumn)
        #expect(try connection.query("select from a, b").isEmpty)
    }

    @Test func aHundredMegabytesPass() throws {
        let text = String(repeating: "0123456789", count: 10_000_000)
        let row = try connection.query("select \(text)::text as value, length(\(text)) as length")[
            0]
        #expect(try row.int("length") == 100_000_000)
        #expect(try row.string("value") == text)
    }

    @Test func noticesAreHandedOver() throws {
        var notices: [Notice] = []
        connection.onNotice = { notices.append($0) }
        try connection.script("do $$ begin raise warning 'mind %', 'the gap'; end $$")
        #expect(
            notices == [Notice(severity: "WARNING", sqlstate: "01000", message: "mind the gap")])
    }

    @Test func copyInAQueryIsRefusedAndEnded() throws {
        for statement in ["copy (select 1) to stdout", "copy quoting from stdin"] {
            try connection.script("create temporary table if not exists quoting (x int)")
            let error = try failure { _ = try connection.query(SQL(raw: statement)) }
            #expect(error.message.hasPrefix("COPY"))
            #expect(throws: PostgresError.self) { try connection.script(statement) }
            #expect(try connection.query("select 1 as one")[0].int("one") == 1)
        }
    }
}
