import Foundation
import Postgres

/// What waits on one side is brought to the other.
struct Backlogs {
    let bench: Bench

    /// A pair of databases, and how a change gets from the first to the second.
    private struct Contender {
        let name: String
        let source: Connection
        let target: Connection
        /// Brings the target level; the time of this is measured.
        let bring: (Backlogs.Work) throws -> Void
    }

    private struct Work {
        let name: String
        let statement: String
        /// Whether the limit is a COPY and not the statement itself; nil: there is none.
        let isCopy: Bool?
    }

    private var works: [Work] {
        let count = bench.rows
        return [
            Work(name: "inserts", statement: Rows.insert("t", 1, count), isCopy: true),
            Work(
                name: "inserts beside others", statement: Rows.insert("t", count + 1, 2 * count),
                isCopy: true),
            Work(name: "updates", statement: Rows.update("t"), isCopy: false),
            Work(name: "deletes", statement: Rows.delete("t"), isCopy: false),
            Work(
                name: "transactions of ten rows",
                statement: Rows.transactions("t", count / 50, above: 2 * count), isCopy: nil),
        ]
    }

    func run() throws {
        guard works.contains(where: { bench.isWanted($0.name) }) else { return }
        let bucardo = try Bucardo(bench)
        let contenders =
            try [limit(), pair(), chain(), native()] + (bucardo.map { [try pair(of: $0)] } ?? [])
        defer { for one in contenders { one.source.close(); one.target.close() } }
        if let bucardo {
            try bucardo.whileRunning { try measure(contenders) }
        } else {
            try measure(contenders)
        }
        try dropSubscription()
    }

    private func measure(_ contenders: [Contender]) throws {
        for work in works {
            for one in contenders {
                try one.source.script(work.statement)
                try one.source.script("vacuum analyze t")
            }
            try bench.settle()
            for one in contenders where one.name != "limit" || work.isCopy != nil {
                let time = try seconds { try one.bring(work) }
                bench.table.note(
                    time, of: one.name, in: work.name,
                    base: work.isCopy == nil ? "native" : "limit")
            }
            for one in contenders {
                try expectLevel(one, isCopied: one.name != "limit" || work.isCopy != nil)
                try one.target.script("vacuum analyze t")
            }
        }
    }

    /// A benchmark of something that loses rows would be worth nothing.
    private func expectLevel(_ one: Contender, isCopied: Bool) throws {
        guard isCopied else { return }
        let question: SQL =
            "select count(*) || ' ' || coalesce(sum(hashtext(t::text)::bigint), 0) as sum from t"
        let sums = try [one.source, one.target].map {
            try $0.query(question).first?.string("sum")
        }
        guard sums[0] == sums[1] else {
            throw BenchError("\(one.name): the tables differ: \(sums)")
        }
    }

    /// COPY, and the statement itself.
    private func limit() throws -> Contender {
        let (a, b) = try (bench.fresh("la", on: 0), bench.fresh("lb", on: 1))
        for one in [a, b] {
            try one.script("set search_path = public")
            try one.script(Rows.create("t"))
        }
        return Contender(name: "limit", source: a, target: b) { work in
            guard work.isCopy == true else { return try b.script(work.statement) }
            let last = try b.query("select coalesce(max(id), 0) as id from t").first
            let above = try last?.int("id") ?? 0
            try a.copy(
                "copy (select * from t where id > \(raw: String(above))) to stdout (format binary)",
                to: b, into: "copy t from stdin (format binary)")
        }
    }

    private func pair() throws -> Contender {
        let (a, b) = try (bench.fresh("a", on: 0), bench.fresh("b", on: 1))
        let names = [bench.conninfo("a", on: 0), bench.conninfo("b", on: 1)]
        for (index, one) in [a, b].enumerated() {
            try one.script("set search_path = public")
            try one.script(Rows.create("t"))
            try bench.trompe("install", names[index], "--node", "\(index + 1)")
        }
        try bench.trompe("link", names[0], names[1])
        try bench.sync(names[0], names[1])
        return Contender(name: "trompe", source: a, target: b) { _ in
            let run = try bench.trompe("sync", names[0], names[1])
            bench.table.note(
                Double(run.peakBytes) / 1e6, of: "trompe", in: "agent's peak memory", unit: "MB",
                base: nil)
        }
    }

    /// With a neighbour beyond B, for whom B has to keep what it got.
    private func chain() throws -> Contender {
        let names = [("fa", 0), ("fb", 1), ("fc", 1)]
        let databases = try names.map { try bench.fresh($0.0, on: $0.1) }
        let addresses = names.map { bench.conninfo($0.0, on: $0.1) }
        for (index, one) in databases.enumerated() {
            try one.script("set search_path = public")
            try one.script(Rows.create("t"))
            try bench.trompe("install", addresses[index], "--node", "\(index + 1)")
        }
        for edge in [(0, 1), (1, 2)] {
            try bench.trompe("link", addresses[edge.0], addresses[edge.1])
            try bench.sync(addresses[edge.0], addresses[edge.1])
        }
        databases[2].close()
        return Contender(name: "trompe, passing on", source: databases[0], target: databases[1]) {
            _ in
            try bench.trompe("sync", addresses[0], addresses[1])
        }
    }

    /// Logical replication: the subscription sleeps while the source works.
    private func native() throws -> Contender {
        let (a, b) = try (bench.fresh("na", on: 0), bench.fresh("nb", on: 1))
        for one in [a, b] {
            try one.script("set search_path = public")
            try one.script(Rows.create("t"))
            try one.script("create table mark (id int primary key)")
        }
        try a.script("create publication p for all tables")
        let address = bench.conninfo("na", on: 0).replacing("'", with: "''")
        try b.script(
            "create subscription s connection '\(address)' publication p with (copy_data = off)")
        try waitForMark(1, a, b)
        try b.script("alter subscription s disable")
        var marks = 1
        return Contender(name: "native", source: a, target: b) { _ in
            marks += 1
            try b.script("alter subscription s enable")
            try waitForMark(marks, a, b)
            try b.script("alter subscription s disable")
        }
    }

    /// Bucardo's daemon, which waits to be told.
    private func pair(of bucardo: Bucardo) throws -> Contender {
        let (a, b) = try (bench.fresh("ba", on: 0), bench.fresh("bb", on: 1))
        for one in [a, b] {
            try one.script("set search_path = public")
            try one.script(Rows.create("t"))
        }
        try bucardo.capture(["t"], of: "ba", for: "bb", on: 1, isMutual: true)
        return Contender(name: "Bucardo", source: a, target: b) { _ in try bucardo.bring("ba") }
    }

    private func waitForMark(_ mark: Int, _ a: Connection, _ b: Connection) throws {
        try a.execute("insert into mark values (\(mark))")
        let deadline = ContinuousClock.now + .seconds(600)
        while try b.query("select from mark where id = \(mark)").isEmpty {
            guard ContinuousClock.now < deadline else {
                throw BenchError("native: no end in sight")
            }
            usleep(2_000)
        }
    }

    private func dropSubscription() throws {
        let b = try Connection(bench.conninfo("nb", on: 1))
        try b.script("drop subscription if exists s")
    }

}
