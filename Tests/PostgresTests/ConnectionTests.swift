import Foundation
import Testing

@testable import Postgres

/// How databases are named, what a session is pinned to, and how connections end.
struct ConnectionTests {
    @Test func sessionsArePinned() throws {
        let cluster = try Server.shared.get()
        let name = try cluster.createDatabase("odd settings")
        let admin = try Server.connect()
        for setting in [
            "DateStyle = 'German'", "TimeZone = 'Asia/Tokyo'", "search_path = 'public'",
            "statement_timeout = 5000", "default_transaction_read_only = on",
            "standard_conforming_strings = off", "client_encoding = 'LATIN1'",
        ] {
            try admin.execute("alter database \(id: "odd settings") set \(raw: setting)")
        }
        let connection = try Connection(name)
        let row = try connection.query(
            """
            select now()::text ~ '^\\d{4}-\\d\\d-\\d\\d .*\\+00$' as iso,
                current_setting('search_path') as path,
                current_setting('statement_timeout') as timeout,
                current_setting('transaction_read_only')::bool as readonly,
                current_setting('standard_conforming_strings')::bool as standard,
                current_setting('application_name') as application,
                current_setting('client_encoding') as encoding, 'é'::text as letter
            """)[0]
        #expect(try row.bool("iso"))
        #expect(try row.string("path") == "")
        #expect(try row.string("timeout") == "0")
        #expect(try !row.bool("readonly") && row.bool("standard"))
        #expect(try row.string("application") == "trompe")
        #expect(try row.string("encoding") == "UTF8" && row.string("letter") == "é")
        #expect(connection.serverVersion >= 150_000 && connection.isAlive)
        #expect(connection.label == "odd settings@\(cluster.socketDirectory)")
    }

    @Test func whatTheUserSaysStands() throws {
        let conninfo = try Server.shared.get().conninfo() + " application_name=mine"
        let connection = try Connection(conninfo)
        let row = try connection.query("select current_setting('application_name') as name")[0]
        #expect(try row.string("name") == "mine")
        let string = try ConnectionString(
            "host=/tmp connect_timeout=3 keepalives_idle=7", label: nil, connectTimeout: 10)
        #expect(string.parameters["connect_timeout"] == "3")
        #expect(string.parameters["keepalives_idle"] == "7")
        #expect(string.parameters["keepalives_count"] == "6")
    }

    @Test func uriAndServiceAreUnderstood() throws {
        let cluster = try Server.shared.get()
        let host = cluster.socketDirectory.replacingOccurrences(of: "/", with: "%2F")
        let connection = try Connection("postgresql://postgres@\(host):\(cluster.port)/postgres")
        #expect(try connection.query("select 1 as one")[0].int("one") == 1)
        let error = try failure { _ = try Connection("no_such_service") }
        #expect(error.database == "no_such_service" && error.message.contains("no_such_service"))
        #expect(error.hint != nil && !error.isConnectionFailure)
    }

    @Test func refusedIsNotUnreachable() throws {
        let missing = try failure { _ = try Connection(Server.shared.get().conninfo("nowhere")) }
        #expect(missing.sqlstate == SQLState.undefinedDatabase && !missing.isConnectionFailure)
        #expect(missing.message.contains("nowhere"))
        let unreachable = try failure { _ = try Connection("host=/nonexistent dbname=x") }
        #expect(unreachable.isConnectionFailure && unreachable.sqlstate == nil)
        #expect(unreachable.database == "x@/nonexistent")
        let closed = try failure { _ = try Connection("host=127.0.0.1 port=1 dbname=x") }
        #expect(closed.isConnectionFailure)
    }

    @Test func codesAreFoundInMessages() {
        let german = "Verbindung fehlgeschlagen: FATAL:  28P01: Passwort falsch\nORT:  auth.c:326"
        #expect(sqlstate(inVerbose: german) == "28P01")
        #expect(sqlstate(inVerbose: "x failed: FATAL:  57P03: no") == SQLState.cannotConnectNow)
        #expect(sqlstate(inVerbose: "connection refused") == nil)
    }

    @Test(arguments: [
        "postgres://me:hunt@er2@127.0.0.1:1/db", "postgres://me:hunt/er2@127.0.0.1:1/db",
        "postgres://me:hunter2%zz@127.0.0.1:1/db", "postgres://me:hunter2@[::1/db",
        "postgres://me:hunter2@127.0.0.1:1/db", "postgres://127.0.0.1:1/db?password=me&hunter2",
        "host=127.0.0.1 port=1 password=my hunter2", "host=127.0.0.1 port=1 password=hunter2",
        "host=127.0.0.1 port=1 password='hunter2", "postgres://me:hunter2@127.0.0.1:x/db",
    ])
    func passwordsAreNeverShown(database: String) throws {
        let error = try failure { _ = try Connection(database) }
        for part in ["hunt", "er2"] {
            #expect(!error.description.contains(part))
            #expect(!String(reflecting: error).contains(part))
        }
    }

    @Test func harmlessMistakesAreExplained() throws {
        let error = try failure { _ = try Connection("host=a prot=1") }
        #expect(error.message.contains("prot"))
        #expect(!error.isConnectionFailure)
    }

    @Test func anEndedSessionIsNoticed() throws {
        let connection = try Server.connect()
        #expect(connection.isAlive)
        try Server.connect().execute(
            "select pg_terminate_backend(\(connection.backendPID)::int, 5000)")
        #expect(!connection.isAlive)
        let error = try failure { try connection.execute("select 1") }
        #expect(error.isConnectionFailure)
    }

    @Test func closedIsClosed() throws {
        let connection = try Server.connect()
        connection.close()
        connection.close()
        #expect(!connection.isAlive && connection.backendPID == 0)
        #expect(try failure { try connection.execute("select 1") }.isConnectionFailure)
    }

    @Test func aStatementIsCancelledFromAnotherThread() throws {
        let connection = try Server.connect()
        let handle = connection.cancelHandle
        let begin = Date()
        let thread = Thread {
            Thread.sleep(forTimeInterval: 0.2)
            handle.cancel()
        }
        thread.start()
        let error = try failure { try connection.execute("select pg_sleep(60)") }
        #expect(error.sqlstate == SQLState.queryCanceled && !error.isConnectionFailure)
        #expect(Date().timeIntervalSince(begin) < 30)
        #expect(try connection.query("select 1 as one")[0].int("one") == 1)
    }
}
