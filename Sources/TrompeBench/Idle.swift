import Foundation
import Postgres
import TestSupport

/// Syncs with nothing, or next to nothing, to do: what counts is the whole program, from its start to
/// its end.
struct Idle {
    let bench: Bench

    private struct Report: Decodable {
        struct Edge: Decodable {
            let roundTrips: Int
        }
        let edges: [Edge]
    }

    func run() throws {
        let counts = bench.rows >= 1_000_000 || !bench.only.isEmpty ? [20, 1_000] : [20]
        for count in counts where bench.isWanted("nothing to do, \(count) tables") {
            try measure(count)
        }
    }

    private func measure(_ tables: Int) throws {
        let work = "nothing to do, \(tables) tables"
        Bench.say(work)
        let names = [bench.conninfo("ia", on: 0), bench.conninfo("ib", on: 1)]
        for (index, name) in ["ia", "ib"].enumerated() {
            let database = try bench.fresh(name, on: index)
            try database.script("set search_path = public")
            for table in 1...tables {
                try database.script("create table t\(table) (id bigint primary key, s text)")
            }
            try bench.trompe("install", names[index], "--node", "\(index + 1)")
        }
        try bench.trompe("link", names[0], names[1])
        try bench.sync(names[0], names[1])
        for server in [0, 1] {
            let database = try Connection(bench.conninfo(["ia", "ib"][server], on: server))
            try database.script("vacuum analyze")
        }
        try bench.sync(names[0], names[1])
        let source = try Connection(names[0])
        for turn in 1...9 {
            let ping = try seconds { try Connection(names[0]).execute("select 1") }
            bench.table.note(ping, of: "one connection, one query", in: work, base: nil)
            // Nobody has written anything; then others have, to tables that are not replicated.
            try bench.trompe("sync", names[0], names[1])
            let idle = try bench.trompe("sync", "--json", names[0], names[1])
            bench.table.note(idle.seconds, of: "trompe", in: work, base: nil)
            for name in names { try Connection(name).execute("select pg_current_xact_id()") }
            let busy = try bench.trompe("sync", "--json", names[0], names[1])
            bench.table.note(
                busy.seconds, of: "trompe", in: "\(work), others have written", base: nil)
            try source.execute("insert into public.t1 values (\(turn), 'x')")
            let one = try bench.trompe("sync", "--json", names[0], names[1])
            bench.table.note(
                one.seconds, of: "trompe", in: "one changed row, \(tables) tables", base: nil)
            try noteTrips(idle, in: work)
            try noteTrips(one, in: "one changed row, \(tables) tables")
        }
        if tables == 20, bench.rows >= 1_000_000 { try behindDelay(names, source) }
    }

    private func noteTrips(_ run: Run, in work: String) throws {
        let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
        bench.table.note(
            Double(report.edges.reduce(0) { $0 + $1.roundTrips }), of: "round trips", in: work,
            unit: "", base: nil)
    }

    /// B is far away: 100 ms there, 100 ms back.
    private func behindDelay(_ names: [String], _ source: Connection) throws {
        let proxy = try Proxy(names[1])
        defer { proxy.close() }
        proxy.delay(milliseconds: 100)
        let idle = try bench.trompe("sync", names[0], proxy.conninfo)
        bench.table.note(
            idle.seconds, of: "trompe", in: "nothing to do, B 100 ms away each way", base: nil)
        try source.execute("insert into public.t1 values (1000, 'x')")
        let one = try bench.trompe("sync", names[0], proxy.conninfo)
        bench.table.note(
            one.seconds, of: "trompe", in: "one changed row, B 100 ms away each way", base: nil)
    }
}
