import Postgres
import Replication
import Synchronization
import TestSupport
import Testing

/// Rows that meet no change of the target's own are applied as they arrive; what does meet one is
/// decided all the same.
@Suite struct StraightTests {
    static let item = "create table item (id int primary key, text text, n int unique);"

    /// Some 3 MB of rows, several pieces.
    static func many(_ range: ClosedRange<Int>) -> String {
        """
        insert into item
        select i, repeat('x', 1000) || i, null
        from generate_series(\(range.lowerBound), \(range.upperBound)) as i;
        """
    }

    /// Three nodes in a row, the first two level.
    func withChain(
        _ schema: String = item, _ rows: String = "", _ body: (TestTree) throws -> Void
    ) throws {
        try withTree(3, schema: schema) { tree in
            if !rows.isEmpty { try tree[1].psql(rows) }
            try tree.syncUntilQuiet()
            try body(tree)
        }
    }

    /// The versions in a node's log of the rows of a table, newest each, without how they came.
    func versions(_ node: TestNode) throws -> String {
        try node.psql(
            """
            select distinct on (key ->> 'id') key ->> 'id', origin, changed_at
            from replication.log
            where tablename = 'public.item'
            order by key ->> 'id', changed_at desc
            """)
    }

    /// A user on B holds what the direction comes to, and commits while it waits: one conflict.
    func collide(_ tree: TestTree, _ statement: String) throws {
        let user = try tree[2].session()
        try user.script("begin; \(statement)")
        let sync = BackgroundSync(tree[1], tree[2])
        _ = try tree[2].waitForBlockedAgent()
        try user.script("commit")
        user.close()
        #expect(try sync.wait().directions[0].conflicts == 1)
    }

    @Test func allKindsOfChangesWithTheirVersions() throws {
        try withChain(Self.item, Self.many(1...3_000)) { tree in
            try tree[1].psql(
                """
                update item set text = reverse(text) where id % 3 = 0;
                delete from item where id % 3 = 1;
                insert into item values (-1, 'comes and goes', null);
                delete from item where id = -1;
                """ + Self.many(10_001...13_000))
            let report = try tree.sync((1, 2)).directions[0]
            let table = try #require(report.tables.first)
            #expect(table.inserted == 3_000)
            #expect(table.updated == 1_000)
            #expect(table.deleted == 1_000)
            #expect(table.staged == 5_001)
            #expect(report.conflicts == 0)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.contents() == tree[1].contents(), "\(node.letter)")
            }
            // Of a key that neither side has any more there is nothing to say.
            let own = try versions(tree[1]).split(separator: "\n").filter { !$0.hasPrefix("-1|") }
            for node in tree.nodes.dropFirst() {
                let lines = try versions(node).split(separator: "\n")
                #expect(lines.count == 6_000)
                #expect(lines == own, "\(node.letter)")
            }
            #expect(try tree.sync((1, 2)).isQuiet)
        }
    }

    /// The target has deleted a key that the source has made anew: a conflict, be it noticed when the
    /// rows are copied already.
    @Test func aDeleteOfTheTargetsMeetsACopiedRow() throws {
        try withChain(Self.item, "insert into item values (12000, 'old', 1)") { tree in
            try tree[2].psql("delete from item where id = 12000")
            try tree[1].psql("delete from item where id = 12000;" + Self.many(10_001...13_000))
            let report = try tree.sync((1, 2)).directions[0]
            #expect(report.conflicts == 1)
            #expect(report.tables.first?.staged == 3_000)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.contents() == tree[1].contents(), "\(node.letter)")
            }
        }
    }

    /// A user takes a key, or a unique value, while rows are copied.
    @Test(arguments: [
        "insert into item values (12500, 'user', null)",
        "insert into item values (1, 'user', 7)",
    ])
    func aUserIsInTheWay(statement: String) throws {
        try withChain { tree in
            try tree[1].psql(
                Self.many(10_001...13_000) + "update item set n = 7 where id = 12700")
            try collide(tree, statement)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.contents() == tree[1].contents(), "\(node.letter)")
            }
            #expect(try Conflict.all(tree[1].connection).count == 1)
        }
    }

    /// What a user changes while a statement waits for him is not overwritten; nor is what he does to a
    /// key that has been looked at already.
    @Test(arguments: [
        "update item set text = 'user' where id = 2", "delete from item where id = 2",
    ])
    func aUserChangesARowMeanwhile(statement: String) throws {
        try withChain(
            Self.item, "insert into item select i, 'old', i from generate_series(1, 3) as i"
        ) { tree in
            try tree[1].psql("update item set text = 'new'")
            try collide(tree, statement)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select text from item where id = 2")
                        == (statement.hasPrefix("update") ? "user\n" : ""), "\(node.letter)")
            }
        }
    }

    /// Values that move from row to row, from one piece to the next.
    @Test func uniqueValuesThatMove() throws {
        try withChain(
            Self.item, Self.many(1...3_000) + "update item set n = 10000 - id where id > 1"
        ) { tree in
            try tree[1].psql(
                """
                update item set n = null where id = 3000;
                do $$
                begin
                    for i in reverse 2999..2 loop
                        update item set n = 10000 - i - 1 where id = i;
                    end loop;
                end $$
                """)
            #expect(try tree.sync((1, 2)).directions[0].conflicts == 0)
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// Rows that a trigger keeps out wait, and the others are copied.
    @Test func aTriggerKeepsARowOut() throws {
        try withChain { tree in
            try tree[2].psqlHere(
                """
                create function keep_out() returns trigger language plpgsql
                    as 'begin return null; end';
                create trigger keep_out before insert on item for each row
                    when (new.id = 12700) execute function keep_out();
                alter table item enable always trigger keep_out
                """)
            try tree[1].psql(Self.many(10_001...13_000))
            let report = try tree.sync((1, 2)).directions[0]
            #expect(report.waiting == ["public.item": 1])
            #expect(try tree[2].psql("select count(*) from item") == "2999\n")
        }
    }

    /// A TRUNCATE of the target's own is the rival of each row that did not know of it.
    @Test func aTruncateOfTheTargets() throws {
        try withChain(Self.item, "insert into item values (1, 'one', 1)") { tree in
            try tree[1].psql(Self.many(10_001...12_000))
            try tree[2].psql("truncate item")
            #expect(try tree.sync((1, 2)).directions[0].conflicts == 2_000)
            try tree.syncUntilQuiet()
            for node in tree.nodes { #expect(try node.psql("select count(*) from item") == "0\n") }
        }
    }

    /// A table with values that have no binary form that could travel, a key of two columns, names to
    /// quote, and columns that are computed.
    @Test func anUnusualTable() throws {
        let schema = """
            create type mood as enum ('glad', 'sad');
            create table "It's" ("a b" text collate "C", c int, m mood, double int generated always as (c * 2)
                stored, primary key (c, "a b"));
            """
        try withChain(schema) { tree in
            try tree[1].psql(
                #"insert into "It's" select 'x' || i, i, 'glad' from generate_series(1, 500) as i"#)
            try tree.syncUntilQuiet()
            try tree[1].psql(
                #"""
                update "It's" set m = 'sad' where c % 2 = 0;
                delete from "It's" where c % 5 = 0;
                insert into "It's" values ('new', 1, null)
                """#)
            #expect(try tree.sync((1, 2)).directions[0].moved == 301)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.contents() == tree[1].contents(), "\(node.letter)")
            }
        }
    }

    /// What has a foreign key is looked at again at the end; other tables are not, and nothing begins
    /// again for them.
    @Test func tablesBesideForeignKeysComeOnce() throws {
        let schema = """
            create table parent (id int primary key);
            create table child (id int primary key, parent int references parent);
            """
        try withChain(schema + Self.item) { tree in
            try tree[1].psql(
                """
                insert into parent values (1); insert into child values (1, 1);
                insert into item values (1, 'one', 1)
                """)
            let proxy = try Proxy(tree[2].conninfo)
            defer { proxy.close() }
            let begun = Mutex(0)
            proxy.rule { passage in
                if passage.kind == .statement,
                    passage.statement.contains("create temporary table pg_temp.image_")
                {
                    begun.withLock { $0 += 1 }
                }
                return .pass
            }
            _ = try Edge(Connection(tree[1].conninfo), Connection(proxy.conninfo)).sync()
            #expect(begun.withLock { $0 } == 3)
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// Where nothing went straight, a direction does not begin again without.
    @Test func whatCannotBeSettledEnds() throws {
        try withChain { tree in
            try tree[1].psql("insert into item values (1, 'one', 1)")
            try tree.syncUntilQuiet()
            for node in tree.nodes { try node.psql("update item set text = '\(node.letter)'") }
            try tree.syncUntilQuiet()
            // Without a key, it stays where it is.
            try tree[2].psql(
                """
                create table ticket (conflict uuid references replication.conflict);
                insert into ticket select id from replication.conflict
                """)
            try tree[1].psql("delete from replication.conflict")
            var options = SyncOptions()
            options.retryLimit = 0
            #expect(throws: ReplicationError.self) { try tree.edge((1, 2)).sync(options) }
        }
    }
}
