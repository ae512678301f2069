import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Postgres

/// The proxy of the tests passes everything on unchanged, and cuts where it is told to.
struct ProxyTests {
    private func withProxy(_ body: (Proxy) throws -> Void) throws {
        let proxy = try Proxy(try Server.shared.get().conninfo())
        defer { proxy.close() }
        try body(proxy)
    }

    @Test func everythingPassesUnchanged() throws {
        try withProxy { proxy in
            let session = try Connection(proxy.conninfo + " sslmode=prefer")
            try session.script("create temporary table t (x int, y text)")
            let filler = String(repeating: "ü", count: 100_000)
            try session.execute("insert into t values (1, \(filler))")
            #expect(try session.query("select y from t")[0].string("y") == filler)
            let other = try Connection(proxy.conninfo)
            try other.script("create temporary table t (x int, y text)")
            let count = try session.copy(
                "copy (select x, repeat('y', x % 100) from generate_series(1, 50000) x) to stdout",
                to: other, into: "copy t from stdin")
            #expect(count.rows == 50_000)
            #expect(proxy.connections == 2)
            #expect(proxy.bytes > 2 * count.bytes)
            session.cancelHandle.cancel()
            #expect(try session.query("select 1 as one")[0].int("one") == 1)
        }
    }

    @Test func statementsAreCountedAndNamedBeforeTheyAreSent() throws {
        let seen = Mutex<[String]>([])
        try withProxy { proxy in
            let session = try Connection(proxy.conninfo)
            let before = proxy.statements
            proxy.rule { passage in
                guard passage.kind == .statement else { return .pass }
                seen.withLock { $0.append("\(passage.number - before) \(passage.statement)") }
                return .pass
            }
            try session.script("create temporary table t (x int)")
            try session.execute("insert into t values (\(5))")
            try session.copyIn("copy t from stdin", lines: ["6", "7"])
            #expect(
                seen.withLock { $0 } == [
                    "1 create temporary table t (x int)", "2 insert into t values ($1)",
                    "3 copy t from stdin", "4 copy t from stdin", "5 copy t from stdin",
                ])
        }
    }

    @Test func aCommitCanBeLostBeforeOrAfterItIsDone() throws {
        let direct = try Server.connect()
        try direct.script("drop table if exists public.cut; create table public.cut (x int)")
        defer { try? direct.script("drop table public.cut") }
        for (kind, rows) in [(Proxy.Passage.Kind.statement, 0), (.answer, 1)] {
            try withProxy { proxy in
                proxy.rule { $0.kind == kind && $0.statement == "commit" ? .cut : .pass }
                let session = try Connection(proxy.conninfo)
                let error = try failure {
                    try session.transaction { () throws -> Void in
                        _ = try session.execute("insert into public.cut values (1)")
                    }
                }
                #expect(error.isConnectionFailure)
                let found = try direct.query("select count(*) as n from public.cut")[0].int("n")
                #expect(found == rows)
            }
        }
    }

    @Test func connectionsAreCutInTheMiddleOfACopyAgainAndAgain() throws {
        try withProxy { proxy in
            proxy.rule { $0.kind == .row && $0.bytes > 100_000 ? .cutInside : .pass }
            for _ in 1...2 {
                let session = try Connection(proxy.conninfo)
                var bytes = 0
                let error = try failure {
                    _ = try session.copyOut(
                        "copy (select repeat('x', 1000) from generate_series(1, 1000)) to stdout"
                    ) { bytes += $0.count }
                }
                #expect(error.isConnectionFailure)
                #expect(bytes > 50_000 && bytes < 110_000)
            }
        }
    }

    @Test func aClosedProxyIsGone() throws {
        let proxy = try Proxy(try Server.shared.get().conninfo())
        let session = try Connection(proxy.conninfo)
        proxy.close()
        proxy.close()
        #expect(try failure { try session.execute("select 1") }.isConnectionFailure)
        #expect(try failure { _ = try Connection(proxy.conninfo) }.isConnectionFailure)
    }
}
