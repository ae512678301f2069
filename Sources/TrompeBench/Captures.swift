import Foundation
import Postgres

/// What the triggers cost whoever writes: the same statements with and without them.
struct Captures {
    let bench: Bench

    private struct Contender {
        let name: String
        let database: Connection
    }

    private static let bucardo = "Bucardo's triggers"

    private static let works = [
        "capture: INSERT", "capture: UPDATE", "capture: DELETE", "capture: COPY", "loop: INSERT",
        "loop: UPDATE", "loop: DELETE", "pgbench, 2 clients",
    ]

    func run() throws {
        guard Self.works.contains(where: { bench.isWanted($0) }) else { return }
        let bucardo = try Bucardo(bench)
        let contenders = try [plain(), captured()] + (bucardo.map { [try captured(by: $0)] } ?? [])
        try bulk(contenders)
        try loops(contenders)
        for one in contenders { one.database.close() }
        try pgbench(bucardo)
    }

    private func plain() throws -> Contender {
        let database = try bench.fresh("cp", on: 0)
        try prepare(database)
        return Contender(name: "uncaptured", database: database)
    }

    private func captured() throws -> Contender {
        let database = try bench.fresh("ct", on: 0)
        try prepare(database)
        try bench.trompe("install", bench.conninfo("ct", on: 0), "--node", "1")
        return Contender(name: "trompe", database: database)
    }

    private func captured(by bucardo: Bucardo) throws -> Contender {
        let (database, other) = try (bench.fresh("cb", on: 0), bench.fresh("cx", on: 0))
        for one in [database, other] { try prepare(one) }
        other.close()
        try bucardo.capture(["t", "loop"], of: "cb", for: "cx")
        return Contender(name: Self.bucardo, database: database)
    }

    private func prepare(_ database: Connection) throws {
        try database.script("set search_path = public")
        try database.script(Rows.create("t"))
        try database.script(Rows.create("loop"))
    }

    private func bulk(_ contenders: [Contender]) throws {
        let statements = [
            ("capture: INSERT", Rows.insert("t", 1, bench.rows)),
            ("capture: UPDATE", "update t set n = n + 1"),
            ("capture: DELETE", "delete from t"),
        ]
        for (work, statement) in statements where bench.isWanted(work) {
            try bench.settle()
            for one in contenders {
                let time = try seconds { try one.database.script(statement) }
                bench.table.note(time, of: one.name, in: work, base: "uncaptured")
            }
            for one in contenders { try one.database.script("vacuum analyze t") }
        }
        let work = "capture: COPY"
        guard bench.isWanted(work) else { return }
        let file = "\(bench.servers[0].directory)/rows"
        let source = contenders[0].database
        try source.script("truncate t")
        try source.script(Rows.insert("t", 1, bench.rows))
        try source.script("copy t to '\(file)' (format binary)")
        for one in contenders { try one.database.script("truncate t") }
        try bench.settle()
        for one in contenders {
            let time = try seconds {
                try one.database.script("copy t from '\(file)' (format binary)")
            }
            bench.table.note(time, of: one.name, in: work, base: "uncaptured")
        }
        for one in contenders { try one.database.script("truncate t") }
    }

    /// Statements of one row each, in the server.
    private func loops(_ contenders: [Contender]) throws {
        let count = max(bench.rows / 25, 1_000)
        let bodies = [
            ("loop: INSERT", "insert into loop (id, n, s) values (i, i, 'x')"),
            ("loop: UPDATE", "update loop set n = n + 1 where id = i"),
            ("loop: DELETE", "delete from loop where id = i"),
        ]
        for (work, body) in bodies {
            try bench.settle()
            for one in contenders {
                let time = try seconds {
                    try one.database.script(
                        "do $$ begin for i in 1..\(count) loop \(body); end loop; end $$")
                }
                if bench.isWanted(work) {
                    bench.table.note(time, of: one.name, in: work, base: "uncaptured")
                }
            }
            for one in contenders { try one.database.script("vacuum analyze loop") }
        }
        for one in contenders where one.name == Self.bucardo {
            try Bucardo.check("loop", in: one.database, notedAtLeast: 3 * count)
        }
    }

    /// Transactions per second, in short turns.
    private func pgbench(_ bucardo: Bucardo?) throws {
        let work = "pgbench, 2 clients"
        guard bench.isWanted(work) else { return }
        let program = try ThrowawayCluster.programs() + "/pgbench"
        var names = [("uncaptured", "pp"), ("trompe", "pt")]
        if bucardo != nil { names.append((Self.bucardo, "pb")) }
        for database in names.map(\.1) + (bucardo == nil ? [] : ["px"]) {
            try bench.fresh(database, on: 0).close()
            let scale = database == "px" ? "1" : "10"
            _ = try Bench.run([program, "-q", "-i", "-s", scale, bench.conninfo(database, on: 0)])
        }
        // The only table without a key is no business of replication's.
        try bench.trompe("install", bench.conninfo("pt", on: 0), "--node", "1")
        let keyed = ["accounts", "branches", "tellers"].map { "pgbench_\($0)" }
        try bucardo?.capture(keyed, of: "pb", for: "px")
        for _ in 1...5 {
            for (name, database) in names {
                let run = try Bench.run([
                    program, "-n", "-c", "2", "-T", bench.rows >= 1_000_000 ? "4" : "1",
                    bench.conninfo(database, on: 0),
                ])
                let line = run.output.split(separator: "\n").first { $0.hasPrefix("tps = ") }
                let rate = line?.split(separator: " ").dropFirst(2).first.flatMap { Double($0) }
                guard let rate else { throw BenchError("pgbench said: \(run.output)") }
                bench.table.note(rate, of: name, in: work, unit: "1/s", base: "uncaptured")
            }
        }
        guard bucardo != nil else { return }
        let noted = try Connection(bench.conninfo("pb", on: 0))
        defer { noted.close() }
        for table in keyed { try Bucardo.check(table, in: noted, notedAtLeast: 1) }
    }
}
