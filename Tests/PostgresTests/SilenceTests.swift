import Foundation
import TestSupport
import Testing

@testable import Postgres

/// A server that says nothing: waited for while it works, and given up when it is out of reach.
@Suite struct SilenceTests {
    private func withProxy(_ body: (Proxy, String) throws -> Void) throws {
        let proxy = try Proxy(try Server.shared.get().conninfo())
        defer { proxy.close() }
        try body(proxy, proxy.conninfo + " keepalives_idle=1 connect_timeout=2")
    }

    /// Everything that can be under way when the network vanishes.
    enum Work: String, CaseIterable {
        case statement, script, commit, copyOut, copyIn, copyThrough, besideCopy

        func run(_ session: Connection, _ other: Connection) throws {
            switch self {
            case .statement: try session.execute("select pg_sleep(60)")
            case .script: try session.script("select pg_sleep(60); select pg_sleep(60)")
            case .commit:
                try session.transaction { _ = try session.query("select 1") }
            case .copyOut: try session.copyOut("copy (select \(Self.endless)) to stdout") { _ in }
            case .copyIn:
                try session.copyIn("copy t from stdin", lines: (1...).lazy.map { "\($0)" })
            case .copyThrough:
                try session.copy(
                    "copy (select \(Self.endless)) to stdout", to: other, into: "copy t from stdin")
            case .besideCopy:
                // What the sender has to say is taken in at once, and then it says nothing, either.
                try session.copyOutPieces(
                    "copy (select generate_series(1, 9)) to stdout with (format binary)",
                    beside: other, pieces: CopyPieces(smallest: 1, largest: 1)
                ) { _ in try other.execute("select pg_sleep(60)") }
            }
        }

        private static let endless: SQL = "generate_series(1, 1000000000000)"

        /// When it happens.
        func isHere(_ passage: Proxy.Passage) -> Bool {
            switch self {
            case .statement, .script, .besideCopy:
                passage.kind == .statement && passage.statement.contains("pg_sleep")
            case .commit: passage.kind == .answer && passage.statement == "commit"
            case .copyOut, .copyIn, .copyThrough: passage.kind == .row && passage.bytes > 2_000_000
            }
        }
    }

    private func sessions(_ conninfo: String) throws -> [Connection] {
        try (1...2).map { _ in
            let session = try Connection(conninfo)
            try session.script("create temporary table t (x text)")
            return session
        }
    }

    /// Each kind of work meets the fate on a thread of its own, as all of them have to wait.
    private func errors(_ fate: Proxy.Fate) throws -> [(Work, String)] {
        let runs = Work.allCases.map { work in
            let run = ThreadResult()
            run.run {
                var message = ""
                try withProxy { proxy, conninfo in
                    let sessions = try sessions(conninfo)
                    proxy.rule { work.isHere($0) ? fate : .pass }
                    let error = try failure { try work.run(sessions[0], sessions[1]) }
                    #expect(error.isConnectionFailure && error.sqlstate == nil)
                    #expect(sessions.contains { !$0.isAlive })
                    for session in sessions where !session.isAlive {
                        #expect(!session.isInTransaction && session.backendPID == 0)
                    }
                    message = error.message
                }
                return message
            }
            return (work, run)
        }
        return try runs.map { ($0, try $1.wait()) }
    }

    @Test func aNetworkThatVanishesIsGivenUp() throws {
        for (work, message) in try errors(.vanish) {
            #expect(message.contains("cannot be reached any more"), "\(work)")
        }
    }

    @Test func aLineThatForgotTheConnectionIsGivenUp() throws {
        for (work, message) in try errors(.mute) {
            #expect(message.contains("has gone dead"), "\(work)")
        }
    }

    @Test func aSlowStatementIsWaitedFor() throws {
        try withProxy { proxy, conninfo in
            let session = try Connection(conninfo)
            let slow = try session.query("select pg_sleep(3.5), 'done' as word")
            #expect(try slow[0].string("word") == "done")
            // It was looked after, three times or so.
            #expect(proxy.connections > 2)
            #expect(try session.query("select 1 as one")[0].int("one") == 1)
        }
    }

    @Test func aSlowReceiverIsWaitedFor() throws {
        try withProxy { proxy, conninfo in
            let sessions = try sessions(conninfo)
            try sessions[1].script(
                """
                create function pg_temp.slow() returns trigger language plpgsql as
                    $$ begin perform pg_sleep(3.5); return new; end $$;
                create trigger slow before insert on t
                    for each row when (new.x = '1y') execute function pg_temp.slow()
                """)
            let before = proxy.connections
            let count = try sessions[0].copy(
                "copy (select x || repeat('y', x % 2000) from generate_series(1, 20000) x) to stdout",
                to: sessions[1], into: "copy t from stdin")
            #expect(count.rows == 20_000)
            #expect(proxy.connections > before + 1)
        }
    }

    @Test func aServerThatIsFullIsThereAllTheSame() throws {
        let cluster = try ThrowawayCluster(
            settings: ["max_connections": "4", "superuser_reserved_connections": "0"])
        let session = try Connection(cluster.conninfo() + " keepalives_idle=1")
        let others = try (1...3).map { _ in try Connection(cluster.conninfo()) }
        #expect(try session.query("select pg_sleep(2.5), 1 as one")[0].int("one") == 1)
        #expect(others.allSatisfy { $0.isAlive })
    }

    @Test func aSessionThatEndedUnheardIsGivenUp() throws {
        try withProxy { proxy, conninfo in
            let session = try Connection(conninfo)
            let pid = session.backendPID
            proxy.rule { passage in
                guard passage.isFromServer, passage.statement.hasPrefix("select pg_sleep") else {
                    return .pass
                }
                return .mute
            }
            let killer = ThreadResult()
            killer.run {
                let direct = try Server.connect()
                while try direct.query(
                    "select 1 as one from pg_stat_activity where pid = \(pid)::int and state = 'active'"
                ).isEmpty { usleep(10_000) }
                try direct.execute("select pg_terminate_backend(\(pid)::int, 5000)")
                return ""
            }
            let error = try failure { try session.execute("select pg_sleep(60)") }
            _ = try killer.wait()
            #expect(error.message.contains("has ended the session") && error.isConnectionFailure)
        }
    }

    @Test func aServerThatIsNotThereIsNotWaitedForAtTheBeginning() throws {
        try withProxy { proxy, conninfo in
            proxy.vanish()
            let error = try failure { _ = try Connection(conninfo) }
            #expect(error.isConnectionFailure)
            proxy.reappear()
            #expect(try Connection(conninfo).isAlive)
        }
    }
}
