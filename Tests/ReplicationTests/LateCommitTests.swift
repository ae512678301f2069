import Postgres
import Replication
import TestSupport
import Testing

/// Transactions that write before a sync and commit after it: what they did is not skipped, however
/// many syncs went over it, and what they took back does not travel.
@Suite struct LateCommitTests {
    private static let item = "create table item (id int primary key, name text)"
    private static let rows = "insert into item select n, 'old' from generate_series(1, 5) as n"
    private static let all = "select id, name from item order by id"

    /// Every kind of change, while others commit before and after, on both nodes; one row is changed
    /// on the other side meanwhile, later.
    @Test(arguments: ["read committed", "repeatable read", "serializable"])
    func aLongTransaction(isolation: String) throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            let late = try tree[1].session()
            try late.script(
                """
                begin isolation level \(isolation);
                insert into item values (10, 'late');
                update item set name = 'late' where id in (1, 2);
                delete from item where id = 3;
                update item set id = 40 where id = 4
                """)
            try syncOften(tree)
            try tree[2].psql("update item set name = 'B' where id = 2")
            try late.script("commit")
            try tree.expectEqual(
                "1|late\n2|B\n5|old\n10|late\n40|old\n100|A\n101|A\n102|A\n200|B\n201|B\n202|B\n",
                Self.all)
            let losers = try Conflict.all(tree[2].connection).map(\.loser.row)
            #expect(losers == [#"{"id":2,"name":"late"}"#])
        }
    }

    /// Its session has ended, and several syncs have passed and purged what all have.
    @Test(arguments: ["commit", "rollback"])
    func aPreparedTransaction(end: String) throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            for node in tree.nodes { try node.psql("update replication.self set keep = '0'") }
            try tree[1].psql(
                """
                begin;
                insert into item values (10, 'late');
                update item set name = 'late' where id = 1;
                delete from item where id = 3;
                prepare transaction '\(tree[1].database)'
                """)
            try syncOften(tree)
            try tree[1].psql("\(end) prepared '\(tree[1].database)'")
            let others = "100|A\n101|A\n102|A\n200|B\n201|B\n202|B\n"
            try tree.expectEqual(
                end == "commit"
                    ? "1|late\n2|old\n4|old\n5|old\n10|late\n\(others)"
                    : "1|old\n2|old\n3|old\n4|old\n5|old\n\(others)", Self.all)
            #expect(try Conflict.all(tree[1].connection).isEmpty)
        }
    }

    /// Subtransactions have numbers of their own, and the log must not go by those.
    @Test func savepointsThatAreRolledBack() throws {
        try withLevelPair(Self.item, Self.rows) { tree in
            let late = try tree[1].session()
            try late.script(
                """
                begin;
                savepoint a;
                insert into item values (10, 'taken back');
                savepoint b;
                insert into item values (11, 'taken back');
                update item set name = 'taken back' where id = 1;
                delete from item where id = 2;
                rollback to a;
                insert into item values (12, 'kept');
                savepoint c;
                update item set name = 'kept' where id = 3
                """)
            try syncOften(tree)
            try late.script(
                """
                release c;
                savepoint d;
                delete from item;
                rollback to d;
                commit
                """)
            let report = try tree.sync((1, 2))
            #expect(report.directions.map(\.moved) == [2, 0])
            try tree.expectEqual(
                "1|old\n2|old\n3|kept\n4|old\n5|old\n12|kept\n"
                    + "100|A\n101|A\n102|A\n200|B\n201|B\n202|B\n", Self.all)
        }
    }

    /// Committed late, it went to one neighbour at once: another one, whose watermark is past its
    /// number, has still to be sent it.
    @Test func whatOneNeighbourLacksIsNotPurged() throws {
        try withTree(3, edges: [(1, 2), (1, 3)], schema: Self.item) { tree in
            for node in tree.nodes { try node.psql("update replication.self set keep = '0'") }
            try tree.syncUntilQuiet()
            let late = try tree[1].session()
            try late.script("begin; insert into item values (10, 'late')")
            try tree[1].psql("insert into item values (1, 'early')")
            try tree.syncUntilQuiet()
            try late.script("commit")
            try tree.sync((1, 3))
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.psql(Self.all) == "1|early\n10|late\n", "node \(node.letter)")
            }
        }
    }

    private func syncOften(_ tree: TestTree) throws {
        for round in 0..<3 {
            try tree[1].psql("insert into item values (\(100 + round), 'A')")
            try tree[2].psql("insert into item values (\(200 + round), 'B')")
            try tree.sync((1, 2))
        }
        #expect(try tree[2].psql("select count(*) from item where id < 100") == "5\n")
    }
}
