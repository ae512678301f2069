import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Very many users at work while nodes are synced. The runs are short; TROMPE_LOAD_TIMES and
/// TROMPE_LOAD_ROWS make them longer, and have their figures printed.
@Suite(.enabled(if: Pgbench.path != nil)) struct LoadTests {
    private static func setting(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment["TROMPE_LOAD_" + name].flatMap { Int($0) }
    }

    /// What every transaction of a writer does: a line in the ledger and a step of its own counter,
    /// which no other node touches, and one of many things that others do as well.
    private static func writers(on node: Int) -> String {
        """
        create table ledger (id bigserial primary key, node int, client int);
        create table counter (node int, client int, steps int, primary key (node, client));
        create table item (id int primary key, amount int);
        create table parent (id int primary key, amount int);
        create table child (id bigserial primary key, parent int references parent, amount int);
        create table cascaded (id bigserial primary key,
            parent int references parent on delete cascade);
        create function work(who int, p int, q int, k int, what int)
            returns void
            language plpgsql
        as $$
        begin
            insert into ledger (node, client) values (\(node), who);
            insert into counter values (\(node), who, 1)
            on conflict (node, client) do update set steps = counter.steps + 1;
            begin
                case what
                    when 1 then
                        insert into item values (k, q)
                        on conflict (id) do update set amount = excluded.amount;
                    when 2 then update item set amount = amount + 1 where id between k and k + 5;
                    when 3 then delete from item where id = k;
                    when 4 then update item set id = k where id = q;
                    when 5 then
                        insert into parent values (p, q), (q, p)
                        on conflict (id) do update set amount = excluded.amount;
                    when 6 then delete from parent where id = p;
                    when 7 then insert into child (parent, amount) values (p, q), (q, p);
                    when 8 then delete from child where parent = p;
                    when 9 then update child set parent = q where parent = p;
                    else insert into cascaded (parent) values (p);
                end case;
            exception when foreign_key_violation or unique_violation or cardinality_violation then
                null;
            end;
        end
        $$;
        """
    }

    private static let script = """
        \\set p random(1, 30)
        \\set q random(1, 30)
        \\set k random(1, 300)
        \\set what random(1, 10)
        select work(:client_id, :p, :q, :k, :what);
        """

    /// Fifty writers on each side during continuous syncs: in the end both are equal, and every
    /// transaction that was committed is on both.
    @Test func ahundredWritersDuringContinuousSyncs() throws {
        try withTree(installing: false) { tree in
            for node in tree.nodes { try node.psql(Self.writers(on: node.number)) }
            try tree.install()
            try tree.syncUntilQuiet()
            let times = Self.setting("TIMES") ?? 40
            let writers = try tree.nodes.map {
                try Pgbench($0, clients: 50, times: times, script: Self.script)
            }
            var syncs = 0
            var moved = 0
            var putOff: [String] = []
            while !writers.allSatisfy(\.isOver) {
                do {
                    let report = try tree.sync((1, 2))
                    moved += report.directions.reduce(0) { $0 + $1.moved }
                    syncs += 1
                } catch let error as PostgresError where error.isPassing {
                    putOff.append("\(error)")
                } catch let error as ReplicationError where error.exitStatus == 75 {
                    putOff.append("\(error)")
                }
            }
            let outcomes = try writers.map { try $0.wait() }
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree.brokenForeignKeys() == [])
            let counts = outcomes.enumerated().map { number, outcome in
                "\(number + 1)|\(outcome.transactions)|\(outcome.transactions)\n"
            }.joined()
            for node in tree.nodes {
                let found = try node.psql(
                    """
                    select node, (select count(*) from ledger as l where l.node = c.node), sum(steps)
                    from counter as c
                    group by node
                    order by node
                    """)
                #expect(found == counts, "node \(node.letter)")
            }
            if Self.setting("TIMES") != nil {
                print("writers: \(outcomes); \(syncs) syncs moved \(moved), put off: \(putOff)")
            }
        }
    }

    /// Twenty clients update the rows of a table all the time into which a sync brings as many: it
    /// ends, and not one of their steps is lost.
    @Test func aBusyTarget() throws {
        let rows = Self.setting("ROWS") ?? 5_000
        let table = "create table counter (id int primary key, name text, steps int not null)"
        let filled = "insert into counter select n, 'old', 0 from generate_series(1, \(rows)) as n"
        try withLevelPair(table, filled) { tree in
            try tree[1].psql("update counter set name = 'A'")
            let clients = try Pgbench(
                tree[2], clients: 20, times: Self.setting("TIMES") ?? 400,
                script: """
                    \\set id random(1, \(rows))
                    update counter set steps = steps + 1 where id = :id;
                    """)
            // They are all at work when the sync begins.
            while try tree[2].psql("select sum(steps) >= 100 from counter") != "t\n" {}
            let clock = ContinuousClock()
            let begin = clock.now
            let applying = Instants()
            let report = try Edge(tree[1].connection, tree[2].connection).sync { progress in
                if case .applying = progress { applying.note(clock.now) }
            }
            let end = clock.now
            let wereBusy = !clients.isOver
            let outcome = try clients.wait()
            #expect(report.directions[0].moved > 0)
            try tree.expectEqual("\(outcome.transactions)\n", "select sum(steps) from counter")
            try tree.expectEqual(
                "0\n", "select count(*) from counter where name = 'old' and steps = 0")
            if Self.setting("TIMES") != nil {
                print(
                    """
                    busy: \(outcome), busy to the end: \(wereBusy), sync \(end - begin), \
                    from the first row applied \(end - (applying.first ?? end)), \
                    \(report.directions.map { "\($0.moved) \($0.conflicts) \($0.retries) \($0.seconds)" })
                    """)
            }
        }
    }

    /// When something happened first.
    private final class Instants {
        private(set) var first: ContinuousClock.Instant?

        func note(_ instant: ContinuousClock.Instant) { first = first ?? instant }
    }
}
