import Postgres
import Replication
import TestSupport
import Testing

/// A node between others is gone for good: two of its neighbours take its place by what their logs name.
@Suite struct GraftTests {
    private let rows = "select id, text from item where id > 100 order by id"
    private let conflicts = "select key ->> 'id' from replication.conflict order by 1"
    private let members = "select array_agg(number order by number) from replication.member"

    /// A - B - C - D and B - E, where B has told A and C all that a graft must know.
    private func withDoomed(
        _ count: Int = 3, edges: [(Int, Int)]? = nil, schema: String = itemTable,
        _ body: (TestTree) throws -> Void
    ) throws {
        try withTree(count, edges: edges, schema: schema) { tree in
            try tree[1].psql("insert into item select n, 'old' from generate_series(101, 130) as n")
            try tree.syncUntilQuiet()
            for id in 1...2 {
                for number in 1...3 {
                    try tree[number].psql("insert into item values (\(10 * id + number), 'before')")
                    try tree.sync((1, 2))
                    try tree.sync((2, 3))
                }
            }
            try tree.syncUntilQuiet()
            try body(tree)
        }
    }

    private func write(_ node: TestNode, _ texts: [Int: String]) throws {
        for (id, text) in texts.sorted(by: { $0.key < $1.key }) {
            try node.psql("update item set text = '\(text)' where id = \(id)")
        }
    }

    @discardableResult
    private func graft(
        _ tree: TestTree, _ pair: (Int, Int), merges: Bool = false
    ) throws -> Graft.Report {
        var options = Graft.Options()
        options.merges = merges
        return try Graft.run(tree[pair.0].connection, tree[pair.1].connection, options)
    }

    @Test func twoNeighboursGoOnFromWhatTheirLogsName() throws {
        try withDoomed(5, edges: [(1, 2), (2, 3), (3, 4), (2, 5)]) { tree in
            // A conflict that C has decided, and that A has not heard of: B's change comes to A alone.
            try write(tree[2], [101: "B", 102: "B to A"])
            try write(tree[3], [101: "C"])
            var oneWay = SyncOptions()
            oneWay.isOneWay = true
            try tree.sync((2, 3), oneWay)
            try write(tree[2], [109: "B later"])
            try tree.sync((2, 1), oneWay)
            // C's change is made after seeing A's.
            try write(tree[1], [103: "A"])
            try tree[1].psql("insert into item values (201, 'short life')")
            try tree.sync((1, 2), oneWay)
            // C never had the row that is gone from B.
            try tree[2].psql("delete from item where id = 201")
            try tree.sync((2, 3), oneWay)
            // Both have heard of this one, after all that B knew of either.
            try write(tree[2], [110: "B to both"])
            try tree.sync((2, 1), oneWay)
            try tree.sync((2, 3), oneWay)
            try write(tree[3], [110: "C saw B"])
            try write(tree[3], [103: "C saw A", 102: "C saw B", 104: "C"])
            try write(tree[1], [104: "A", 105: "A"])
            try tree[1].psql(
                "delete from item where id = 106; insert into item values (202, 'A')")
            try tree[3].psql(
                "delete from item where id = 107; insert into item values (203, 'C')")
            try write(tree[2], [108: "lost with B"])
            tree[2].connection.close()
            let report = try graft(tree, (3, 1))
            #expect(report.reasons.isEmpty)
            #expect(report.dead == "B")
            for _ in 0..<2 { for edge in [(1, 3), (3, 4)] { try tree.sync(edge) } }
            for number in [1, 3, 4] {
                #expect(
                    try tree[number].psql(rows + " limit 9") == """
                        101|C
                        102|C saw B
                        103|C saw A
                        104|\(try tree[1].psql("select text from item where id = 104"))\
                        105|A
                        108|old
                        109|B later
                        110|C saw B
                        111|old

                        """, "node \(number)")
                #expect(
                    try tree[number].psql("select id, text from item where id > 200 order by 1")
                        == "202|A\n203|C\n")
                #expect(try tree[number].psql(members) == "{1,3,4}\n")
                // One of each of the two, and none between a change and what was made of it.
                #expect(
                    try tree[number].psql(conflicts) == "101\n104\n")
                #expect(try tree[number].contents() == tree[1].contents())
            }
            #expect(try tree.sync((1, 3)).isQuiet)
            try anyOtherIsAMerge(tree)
        }
    }

    /// What the next neighbours have of each other's, nobody knows any more.
    private func anyOtherIsAMerge(_ tree: TestTree) throws {
        let joined = try refusal { try graft(tree, (1, 3), merges: true) }
        guard case .notGraftable = joined else { throw joined }
        let others = try refusal { try graft(tree, (1, 5)) }
        guard case .graftNeedsMerge = others else { throw others }
        #expect(try tree[5].psql(members).contains("2"))
        try graft(tree, (1, 5), merges: true)
        for _ in 0..<2 { for edge in [(1, 5), (1, 3), (3, 4)] { try tree.sync(edge) } }
        #expect(try tree[5].contents() == tree[4].contents())
        #expect(try tree[5].psql(members) == "{1,3,4,5}\n")
    }

    /// One side has committed and the other has not: the same again finishes it.
    @Test func oneThatWasCutOffIsFinished() throws {
        try withDoomed { tree in
            try write(tree[1], [101: "A", 102: "A"])
            try write(tree[3], [101: "C", 103: "C"])
            tree[2].connection.close()
            try tree[1].psql(
                """
                create function public.fail() returns trigger language plpgsql
                    as $$ begin raise exception 'cut off'; end $$;
                create constraint trigger fail after insert on replication.neighbour
                    deferrable initially deferred for each row execute function public.fail()
                """)
            #expect(throws: PostgresError.self) { try graft(tree, (1, 3)) }
            try tree[1].psql("drop function public.fail() cascade")
            let known = "select array_agg(number order by number) from replication.neighbour"
            #expect(try tree[1].psql(known) + tree[3].psql(known) == "{2}\n{1}\n")
            try write(tree[1], [104: "A"])
            try write(tree[3], [105: "C"])
            #expect(try graft(tree, (1, 3)).reasons.isEmpty)
            #expect(try tree.sync((1, 3)).isQuiet)
            #expect(try tree[1].contents() == tree[3].contents())
            #expect(try tree[3].psql("select text from item where id in (102, 104)") == "A\nA\n")
            #expect(try tree[1].psql("select text from item where id in (103, 105)") == "C\nC\n")
            #expect(try tree[1].psql("select count(*) from replication.conflict") == "1\n")
        }
    }

    /// Where the logs do not reach back, nothing is guessed.
    @Test func purgedLogsAreNoGround() throws {
        try withDoomed { tree in
            for number in [1, 3] {
                try tree[number].psql("update replication.self set keep = '0', purged_at = null")
            }
            try tree[2].psql("insert into item values (201, 'B')")
            try tree.sync((1, 2))
            try tree.sync((2, 3))
            try tree.syncUntilQuiet()
            try write(tree[1], [101: "A"])
            try write(tree[3], [102: "C"])
            tree[2].connection.close()
            let error = try refusal { try graft(tree, (1, 3)) }
            guard case .graftNeedsMerge(_, _, _, let reasons) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reasons.count == 1 && reasons[0].contains("trompe keep"), "\(reasons)")
            #expect(try tree[1].psql(members) == "{1,2,3}\n")
            try graft(tree, (1, 3), merges: true)
            #expect(try tree[1].contents() == tree[3].contents())
            #expect(
                try tree[1].psql("select id, text from item where id in (101, 102) order by 1")
                    == "101|A\n102|C\n")
        }
    }

    /// What only the new edge tells, meets what constraints ask for, as over any other.
    @Test func constraintsHoldAndSchemasGoAlong() throws {
        let schema = """
            \(itemTable);
            create table parent (id int primary key, name text unique);
            create table child (id int primary key, parent int references parent on delete cascade);
            create table pair (id int primary key, one text, two text)
            """
        try withDoomed(schema: schema) { tree in
            try tree[1].psql(
                """
                do $$ begin perform replication.set_policy('pair', 'columns', null); end $$;
                insert into parent values (1, 'one'), (2, 'two');
                insert into child values (1, 1), (2, 2);
                insert into pair values (1, 'old', 'old')
                """)
            try tree.syncUntilQuiet()
            try tree[1].psql(
                """
                delete from parent where id = 1;
                insert into parent values (10, 'same');
                update pair set one = 'A';
                alter table child add word text default 'new'
                """)
            try tree.sync((1, 2))
            try tree[3].psql(
                """
                insert into child values (3, 1);
                insert into parent values (11, 'same');
                update parent set name = 'C' where id = 2;
                update pair set two = 'C'
                """)
            tree[2].connection.close()
            let report = try graft(tree, (1, 3))
            #expect(report.reasons.isEmpty, "\(report.reasons)")
            #expect(try tree[1].contents() == tree[3].contents())
            #expect(
                try tree[1].psql("select * from parent order by id") == "1|one\n2|C\n11|same\n")
            #expect(try tree[1].psql("select * from child order by id") == "2|2|new\n3|1|new\n")
            #expect(try tree[1].psql("table pair") == "1|A|C\n")
            #expect(try tree[1].psql(conflicts) == "1\n10\n")
            #expect(try tree.sync((1, 3)).isQuiet)
        }
    }

    @Test func aFilterIsToBeSetAnewBeforeRowsAreCompared() throws {
        try withDoomed { tree in
            _ = try Edge(tree[1].connection, tree[2].connection)
                .setFilter(table: "item", .rows("id > 0"))
            tree[2].connection.close()
            for merges in [false, true] {
                var options = Graft.Options()
                options.merges = merges
                let error = try refusal {
                    _ = try Graft.run(tree[1].connection, tree[3].connection, options)
                }
                #expect(error.hint?.contains("trompe filter") == true, "\(error)")
            }
            #expect(try Neighbour.all(tree[1].connection).map(\.number) == [2])
        }
    }

    @Test func aTruncateSinceIsNoGround() throws {
        try withDoomed { tree in
            try tree[1].psql("truncate item")
            tree[2].connection.close()
            let error = try refusal { try graft(tree, (1, 3)) }
            guard case .graftNeedsMerge(_, _, _, let reasons) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reasons.count == 1 && reasons[0].contains("TRUNCATE"), "\(reasons)")
        }
    }
}
