import Foundation
import Postgres
import TestSupport
import Testing

/// A PgBouncer between the program and its servers.
@Suite struct PoolerTests {
    /// Nodes behind a pooler, each by the names `session_1`, `transaction_1`, `statement_1`, ...
    private func withPooler(
        _ count: Int, schema: String = "create table note (id serial primary key, text text);",
        _ body: (TestTree, Pooler) throws -> Void
    ) throws {
        let program = try #require(
            ProcessInfo.processInfo.environment["TROMPE_PGBOUNCER"]
                ?? found("pgbouncer"),
            "no PgBouncer: script/test fetches it, and sets TROMPE_PGBOUNCER")
        try withTree(count, schema: schema, installing: false) { tree in
            var places: [String: String] = [:]
            for node in tree.nodes {
                for mode in ["session", "transaction", "statement"] {
                    places["\(mode)_\(node.number)"] = "\(try node.place()) pool_mode=\(mode)"
                }
                places["any_\(node.number)"] = try node.place()
                places["small_\(node.number)"] = "\(try node.place()) pool_size=1"
            }
            let pooler = try Pooler(program, places)
            defer { pooler.close() }
            try body(tree, pooler)
        }
    }

    @Test func sessionsOfAPoolAreAsGoodAsAServers() throws {
        try withPooler(3) { tree, pooler in
            let names = (1...3).map { pooler.conninfo("session_\($0)") }
            let run = { (arguments: [String]) in
                let run = try Program.run(list: arguments)
                #expect(run.status == 0, "\(run.errors)")
                return run.output
            }
            for node in 1...2 { _ = try run(["install", names[node - 1], "--node", "\(node)"]) }
            _ = try run(["link", names[0], names[1]])
            try tree[1].psql("insert into note (text) values ('of A')")
            try tree[2].psql("insert into note (text) values ('of B')")
            #expect(try run(["sync", names[0], names[1]]).contains("moved 1 row"))
            try tree[3].psql("drop table note")
            _ = try run(
                [
                    "clone", names[1], names[2], "--node", "3", "--bindir",
                    try Servers.programs(of: 3 - 1),
                ])
            #expect(try run(["compare", names[1], names[2]]).contains("all alike"))
            #expect(try run(["status", names[0]]).contains("last sync"))
            #expect(try tree[3].psql("select text from note order by 1") == "of A\nof B\n")
            // Who gets the session next finds nothing of ours.
            for name in names {
                #expect(try Psql.run(name, "show search_path") == "\"$user\", public\n")
            }
        }
    }

    @Test func poolsThatLendForLessAreRefusedBeforeAnythingIsTouched() throws {
        try withPooler(2) { tree, pooler in
            _ = try Program.run("install", tree[1].conninfo, "--node", "1")
            for mode in ["transaction", "statement"] {
                let names = (1...2).map { pooler.conninfo("\(mode)_\($0)") }
                for arguments in [
                    ["install", names[1], "--node", "2"], ["status", names[0]],
                    ["sync", names[0], names[1]],
                ] {
                    let run = try Program.run(list: arguments)
                    #expect(run.status == 1)
                    #expect(run.errors.contains("lends sessions for single transactions"))
                    #expect(run.errors.contains("hint: nothing was changed; connect to the server"))
                }
                // An application's session, lent the same way, is as it was.
                for name in names {
                    #expect(try Psql.run(name, "show search_path") == "\"$user\", public\n")
                }
            }
            // Whether a pool of one session would do cannot be known.
            let small = try Program.run(
                "status", pooler.conninfo("small_1") + " connect_timeout=1")
            #expect(small.status == 75, "\(small.errors)")
            #expect(small.errors.contains("hint: give its pool room for two sessions"))
        }
    }

    /// A pool that lends otherwise from one moment to the next, or was not found out.
    @Test func aTransactionOnAnotherSessionIsNotBegun() throws {
        try withPooler(1) { _, pooler in
            let session = try Connection(pooler.conninfo("any_1"), label: "A")
            let question: SQL = "select 1 as one"
            #expect(try session.transaction("begin", [question, question]).count == 3)
            let console = pooler.conninfo("pgbouncer")
            try Psql.run(console, "set pool_mode = 'transaction'")
            _ = try session.query(question)
            try Psql.run(console, "reconnect any_1")
            let error = #expect(throws: PostgresError.self) {
                try session.transaction("begin", with: [question]) { _ in
                    Issue.record("it went on")
                }
            }
            #expect(error?.message.contains("lends sessions") == true)
            #expect(error?.isConnectionFailure == false)
        }
    }
}
