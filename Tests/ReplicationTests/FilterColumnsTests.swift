import Postgres
import Replication
import TestSupport
import Testing

/// Columns that a neighbour does not get: A is the home, B the filtered side, C behind it, and D another
/// neighbour of A's, which gets all.
@Suite struct FilterColumnsTests {
    private let visible = ["id", "name", "code"]

    private func set(_ tree: TestTree, _ columns: [String]?) throws -> Edge.FilterReport {
        try tree.edge((1, 2)).setFilter(table: "item", .rows(nil, columns: columns))
    }

    private func isRefused(_ node: TestNode, _ statement: String) throws -> Bool {
        let error = #expect(throws: Psql.Failure.self) { try node.psql(statement) }
        return error?.description.contains("outside the filter of this node") ?? false
    }

    /// All values of hidden columns have a mark in them.
    private func marks(_ node: TestNode) throws -> Bool { try node.contents().contains("MARK") }

    @Test func hiddenValuesStayAtHome() throws {
        let schema = """
            create table item (id int primary key, name text, code text unique, secret text default 'none',
                cost numeric(8, 2) not null default 0, at timestamptz not null default clock_timestamp(),
                boss int references item);
            """
        try withTree(4, edges: [(1, 2), (2, 3), (1, 4)], schema: schema) { tree in
            let (a, b, c, d) = (tree[1], tree[2], tree[3], tree[4])
            try a.psql(
                """
                insert into item (id, name, code, secret, cost) values (1, 'one', 'a', 'MARK1', 1),
                    (2, 'two', 'b', 'MARK2', 2), (3, 'three', 'c', 'MARK3', 3);
                update item set boss = 1
                """)
            try tree.syncUntilQuiet()
            try a.psql("update item set name = 'Three' where id = 3")
            try b.psql("update item set name = 'third', secret = 'MARK' where id = 3")
            try tree.syncUntilQuiet()
            // A list that is shorter: what B has not sent yet comes home before.
            try b.psql("update item set secret = 'MARK4' where id = 2")
            let error = try refusal { _ = try set(tree, visible) }
            guard case .noFilter("B", "public.item", _, _) = error else { throw error }
            try tree.syncUntilQuiet()
            #expect(try set(tree, visible).values == 3)
            let versions = try b.psql("select ctid, xmin from item")
            try tree.syncUntilQuiet()
            #expect(try marks(a) && !marks(b) && !marks(c) && marks(d))
            let secrets = "select id, secret, cost, boss from item order by id"
            let mine = "1|MARK1|1.00|1\n2|MARK4|2.00|1\n3|MARK|3.00|1\n"
            #expect(try a.psql(secrets) == mine && d.psql(secrets) == mine)
            #expect(
                try b.psql(secrets)
                    == "1|none|0.00|\\N\n2|none|0.00|\\N\n3|none|0.00|\\N\n")
            // Refused at B; and what A alone changes there moves nothing.
            #expect(try isRefused(b, "update item set secret = 'MARK' where id = 1"))
            #expect(try isRefused(b, "update item set name = 'x', id = 9 where id = 2"))
            #expect(try isRefused(b, "insert into item (id, cost) values (9, 1)"))
            try a.psql("update item set secret = 'MARK1' where id = 1")
            #expect(try tree.sync((1, 2)).directions.allSatisfy { $0.moved == 0 })
            #expect(try b.psql("select ctid, xmin from item") == versions)
            #expect(try tree.edge((1, 2)).compare().isLevel)
            // Values that change places, a row that is made, and one that goes although A has changed it.
            try b.psql(
                """
                update item set code = 'x' where id = 1; update item set code = 'a' where id = 2;
                update item set code = 'b', secret = secret where id = 1;
                insert into item (id, name) values (4, 'four');
                """)
            try a.psql("update item set secret = 'MARK5' where id = 3")
            try b.psql("delete from item where id = 3")
            try tree.sync((1, 2))
            let rest = "1|MARK1|1.00|1\n2|MARK4|2.00|1\n4|none|0.00|\\N\n"
            #expect(try a.psql(secrets) == rest)
            #expect(try a.psql("select code from item order by id") == "b\na\n\\N\n")
            try tree.syncUntilQuiet()
            let lost = """
                select loser ->> 'secret' from replication.conflict where winner is null
                """
            #expect(try a.psql(lost) == "MARK5\n" && d.psql(lost) == "MARK5\n")
            #expect(try b.psql(lost) == "\\N\n")
            try a.psql(
                "select replication.restore(id) from replication.conflict where winner is null")
            // A conflict of two rows: the visible part is decided.
            try a.psql("update item set name = 'A', secret = 'MARK6' where id = 1")
            try b.psql("update item set name = 'B' where id = 1")
            // Decided at A, whose history has more than B's.
            try tree.sync((2, 1))
            try tree.syncUntilQuiet()
            #expect(try !marks(b) && !marks(c))
            #expect(
                try a.psql("select name, secret, boss from item where id in (1, 3) order by id")
                    == "B|MARK6|1\nthird|MARK5|1\n")
            // Nothing of a row is wiped when the losing part is put back, at either end.
            let back = """
                select replication.restore(id) from replication.conflict where loser ->> 'name' = 'A'
                """
            try b.psql(back)
            try tree.syncUntilQuiet()
            #expect(
                try a.psql("select name, secret from item where id = 1") == "A|MARK6\n")
            // What the table gets later is not in the list.
            try a.psql("alter table item add extra text; update item set extra = 'MARK7'")
            try tree.syncUntilQuiet()
            #expect(try !marks(b) && isRefused(b, "update item set extra = 'x'"))
            try longer(tree)
        }
    }

    /// A longer list, and none: B has the values at once, and what it writes then does not wipe them.
    private func longer(_ tree: TestTree) throws {
        let (a, b) = (tree[1], tree[2])
        try b.psql("update item set name = 'late' where id = 2")
        let error = try refusal { _ = try set(tree, visible + ["secret"]) }
        guard case .noFilter = error else { throw error }
        try tree.syncUntilQuiet()
        #expect(try set(tree, visible + ["secret"]).values == 3)
        try b.psql("update item set name = name || '!'")
        try tree.sync((2, 1))
        let secrets = "select id, name, secret, boss, extra from item order by id"
        let whole = """
            1|A!|MARK6|1|MARK7
            2|late!|MARK4|1|MARK7
            3|third!|MARK5|1|MARK7
            4|four!|none|\\N|MARK7

            """
        #expect(try a.psql(secrets) == whole)
        _ = try set(tree, nil)
        try b.psql("update item set name = upper(name)")
        try tree.syncUntilQuiet()
        for node in tree.nodes {
            #expect(
                try node.psql("select * from item order by id")
                    == a.psql("select * from item order by id"))
            #expect(
                try node.psql(secrets).replacing("T", with: "t").lowercased() == whole.lowercased())
        }
    }

    /// What cannot be left out is said at once, and nothing is changed.
    @Test func listsAreChecked() throws {
        let schema = """
            create table item (id int primary key, a text not null, b int default 1 unique,
                c int check (c is not null), d int, e int generated always as (d * 2) stored, f oid, lo oid,
                g text, h int unique nulls not distinct, i int check (i > 0), k int unique);
            create unique index on item (lower(g));
            create table part (id int primary key, item int references item (k));
            """
        try withTree(schema: schema) { tree in
            let all = ["id", "a", "b", "c", "d", "e", "f", "lo", "g", "h", "i", "k"]
            let cases: [(without: [String], says: String)] = [
                (["id"], "the key"), (["a"], "NOT NULL"), (["b"], "item_b_key"),
                (["c"], "item_c_check"),
                (["d"], "e is computed from d"), (["lo"], "large objects"),
                (["g"], "item_lower_idx"),
                (["h"], "item_h_key"), (["k"], "part refers"), (["f", "d", "e", "i"], ""),
            ]
            for (without, says) in cases {
                let listed = all.filter { !without.contains($0) }
                let rule = Edge.Rule.rows(nil, columns: listed)
                guard !says.isEmpty else {
                    _ = try tree.edge((1, 2)).setFilter(table: "item", rule)
                    continue
                }
                let error = try refusal {
                    _ = try tree.edge((1, 2)).setFilter(table: "item", rule)
                }
                guard case .noFilter(_, _, let because, _) = error, because.contains(says) else {
                    Issue.record("\(without): \(error)")
                    continue
                }
            }
            let needed = try refusal {
                _ = try tree.edge((1, 2)).setFilter(
                    table: "part", .rows("item > 1", columns: ["id"]))
            }
            guard case .noFilter(_, _, let because, _) = needed else { throw needed }
            #expect(because.contains("must be in the list: item"))
            try tree.sync((1, 2))
            // Before it was excluded B got less: that is not to come home as news.
            _ = try tree.edge((1, 2)).setFilter(table: "item", .nothing)
            let error = try refusal { _ = try tree.edge((1, 2)).setFilter(table: "item", .all) }
            guard case .noFilter = error else { throw error }
        }
    }
}
