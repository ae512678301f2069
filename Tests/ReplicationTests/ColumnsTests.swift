import Postgres
import Replication
import TestSupport
import Testing

/// The policy "columns": what is noted where, and when that begins and ends.
@Suite struct ColumnsTests {
    private static let table = "create table item (id int primary key, a text, b text);"

    /// The functions, triggers and log of the table item.
    private func capture(_ node: TestNode) throws -> String {
        try node.psql(
            """
            select p.proname, p.prosrc, p.proconfig
            from pg_proc as p
            where p.proname ~ ('_' || (select id from replication.relation
                where relid = 'item'::regclass) || '$')
            order by 1;
            select tgname, tgenabled, tgtype, tgoldtable, tgnewtable
            from pg_trigger
            where tgrelid = 'item'::regclass
            order by 1;
            """)
    }

    /// The columns that the entries of the table item name, in the order of their writing.
    private func entries(_ node: TestNode) throws -> String {
        let id = try node.psql(
            "select id from replication.relation where relid = 'item'::regclass"
        ).trimmingCharacters(in: .newlines)
        return try node.psql(
            "select action, k1, columns from replication.log_\(id) order by xid, ctid")
    }

    @Test func aTableWithoutThePolicyIsCapturedAsEver() throws {
        try withTree(1, schema: Self.table) { tree in
            let before = try capture(tree[1])
            #expect(!before.contains("columns") && !before.contains("old_rows\tnew_rows"))
            let log = try tree[1].psql(
                """
                select string_agg(attname, ' ' order by attnum)
                from pg_attribute
                where attrelid = to_regclass('replication.log_' || (select id
                        from replication.relation where relid = 'item'::regclass))
                    and attnum > 0
                """)
            #expect(log == "xid changed_at origin via action k1\n")
            try tree[1].psql("select replication.set_policy('item', 'newest')")
            #expect(try capture(tree[1]) == before)
            try tree[1].psql("select replication.set_policy('item', 'columns')")
            #expect(try capture(tree[1]) != before)
            #expect(try tree[1].psql("select * from replication.verify()") == "")
            try tree[1].psql("select replication.set_policy('item', 'priority', '1')")
            #expect(try capture(tree[1]) == before)
            #expect(try tree[1].psql("select * from replication.verify()") == "")
        }
    }

    @Test func anUpdateNotesTheColumnsThatItChanged() throws {
        try withTree(1, schema: Self.table) { tree in
            try tree[1].psql(
                """
                select replication.set_policy('item', 'columns');
                insert into item values (1, 'a', 'b'), (2, 'a', null);
                update item set a = 'x';
                update item set a = 'y', b = 'y' where id = 2;
                update item set a = a;
                update item set id = 3, a = 'z' where id = 1;
                delete from item where id = 2;
                """)
            #expect(
                try entries(tree[1]) == """
                    I|1|\\N
                    I|2|\\N
                    U|1|010
                    U|2|010
                    U|2|011
                    U|1|000
                    U|2|000
                    D|1|\\N
                    U|3|\\N
                    D|2|\\N

                    """)
        }
    }

    /// The function follows at once what changes the columns. Where nothing captures changes of
    /// schema, it does not know of it until the next sync: it notes no columns then, rather than too
    /// few. In neither case does a statement fail.
    @Test(arguments: [true, false]) func columnsThatComeAndGoHinderNobody(isCaptured: Bool) throws {
        try withTree(2, schema: Self.table) { tree in
            for node in tree.nodes { try node.captureSchemaChanges(isCaptured) }
            try tree[1].psql("insert into item values (1, 'a', 'b')")
            try setPolicy(tree[1].connection, table: "item", policy: "columns", argument: nil)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                for change in [
                    "add column c text", "rename column a to aa", "drop column b",
                    "add column d text",
                ] {
                    try node.psql("alter table item \(change); update item set id = id")
                }
            }
            #expect(try entries(tree[1]).contains("0") == isCaptured)
            try tree[1].psql("update item set d = 'A'")
            try tree[2].psql("update item set c = 'B'")
            let mended = try tree.sync((1, 2)).mended
            #expect(
                mended.count == (isCaptured ? 0 : 2)
                    && mended.allSatisfy { $0.contains("columns are other") })
            try tree.syncUntilQuiet()
            #expect(
                try tree[1].psql("select c, d from item") == (isCaptured ? "B|A\n" : "B|\\N\n"))
            try tree[1].psql("update item set d = 'A2'")
            try tree[2].psql("update item set c = 'B2'")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select c, d from item") == "B2|A2\n")
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// The policy arrives, and in the same sync the capture follows it; so it does where it goes.
    @Test func captureFollowsThePolicyThatArrives() throws {
        try withTree(3, schema: Self.table) { tree in
            try tree.syncUntilQuiet()
            let before = try capture(tree[3])
            try setPolicy(tree[1].connection, table: "item", policy: "columns", argument: nil)
            try tree.sync((1, 2))
            #expect(try capture(tree[2]).contains("record_image_ne"))
            // A table that somebody writes to is left for the next sync.
            let user = try tree[3].session()
            try user.script("begin; insert into item values (7, 'x', 'x')")
            try tree.sync((2, 3))
            #expect(try capture(tree[3]) == before)
            try user.script("commit")
            let mended = try tree.sync((2, 3)).mended
            #expect(mended == ["C: public.item: which columns change is noted from now on"])
            #expect(try capture(tree[3]).contains("record_image_ne"))
            try setPolicy(tree[2].connection, table: "item", policy: "newest", argument: nil)
            try tree.syncUntilQuiet()
            #expect(try capture(tree[3]) == before)
        }
    }

    /// What was changed before the policy came is of unknown columns: it counts as all.
    @Test func changesFromBeforeThePolicyCountAsAllColumns() throws {
        try withTree(2, schema: Self.table) { tree in
            try tree[1].psql("insert into item values (1, '0', '0')")
            try tree.syncUntilQuiet()
            try tree[1].psql("update item set a = 'A'")
            try tree[2].psql("update item set b = 'B'")
            try setPolicy(tree[1].connection, table: "item", policy: "columns", argument: nil)
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("table item") == "1|0|B\n")
            #expect(
                try Conflict.all(tree[2].connection).map(\.loser.row)
                    == [#"{"id":1,"a":"A","b":"0"}"#])
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// A's second change of a column is not the rival of its first one, which comes back merged under
    /// the name of B's later change.
    @Test func aMergedRowIsNoRivalOfWhatWasWrittenSince() throws {
        try withTree(3, edges: [(1, 2), (2, 3)], schema: Self.table) { tree in
            try tree[1].psql("insert into item values (1, '0', '0')")
            try setPolicy(tree[1].connection, table: "item", policy: "columns", argument: nil)
            try tree.syncUntilQuiet()
            // B's clock is far ahead of the others'.
            try tree[2].psql("select setval('replication.clock', 86400000000)")
            try tree[2].psql("update item set b = 'B'")
            try tree.sync((2, 3), oneWay)
            try tree[3].psql("update item set b = 'C, who saw B'")
            try tree[1].psql("update item set a = 'A1'")
            let merged = try tree.sync((1, 2), oneWay).directions[0]
            #expect(merged.tables.map(\.combined) == [1] && merged.conflicts == 0)
            try tree[1].psql("update item set a = 'A2'")
            try tree.sync((2, 1), oneWay)
            #expect(try tree[1].psql("table item") == "1|A2|B\n")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("table item") == "1|A2|C, who saw B\n")
            #expect(try tree[1].contents() == tree[3].contents())
            #expect(try Conflict.all(tree[1].connection).isEmpty)
        }
    }

    private var oneWay: SyncOptions {
        var options = SyncOptions()
        options.isOneWay = true
        return options
    }

    /// Rows that users hold while the direction is about to write them are merged anew.
    @Test func aRowThatChangesWhileItIsMergedIsMergedAgain() throws {
        try withTree(2, schema: Self.table) { tree in
            try tree[1].psql("insert into item values (1, '0', '0'), (2, '0', '0')")
            try setPolicy(tree[1].connection, table: "item", policy: "columns", argument: nil)
            try tree.syncUntilQuiet()
            try tree[1].psql("update item set a = 'A'")
            try tree[2].psql("update item set b = 'B'")
            let user = try tree[2].session()
            try user.script("begin; update item set b = 'user' where id = 1")
            try user.script("update item set a = 'user' where id = 2")
            let sync = BackgroundSync(tree[1], tree[2])
            _ = try tree[2].waitForBlockedAgent()
            try user.script("commit")
            _ = try sync.wait()
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select * from item order by id") == "1|A|user\n2|user|B\n")
            }
            #expect(try Conflict.all(tree[1].connection).count == 1)
        }
    }

    /// A role that owns nothing syncs, and the policy that it brings takes hold.
    @Test func anAgentWithoutOwnershipBringsThePolicy() throws {
        try withRole("trompe_merging") {
            try withTree(2, schema: Self.table) { tree in
                try tree[1].psql("insert into item values (1, '0', '0')")
                try tree.syncUntilQuiet()
                let sessions = try tree.nodes.map { node in
                    try node.psql(
                        """
                        grant usage on schema replication to trompe_merging;
                        grant select, insert, update, delete, truncate
                            on all tables in schema replication, public to trompe_merging;
                        grant execute on all functions in schema replication to trompe_merging;
                        grant select, update on sequence replication.clock to trompe_merging;
                        grant set on parameter session_replication_role to trompe_merging;
                        """)
                    return try Connection(
                        node.conninfo.replacing("user=postgres", with: "user=trompe_merging"),
                        label: node.letter)
                }
                try setPolicy(tree[1].connection, table: "item", policy: "columns", argument: nil)
                _ = try Edge(sessions[0], sessions[1]).sync()
                #expect(try capture(tree[2]).contains("record_image_ne"))
                try tree[1].psql("update item set a = 'A'")
                try tree[2].psql("update item set b = 'B'")
                _ = try Edge(sessions[0], sessions[1]).sync()
                #expect(try tree[1].psql("table item") == "1|A|B\n")
                #expect(try tree[1].contents() == tree[2].contents())
                for session in sessions { session.close() }
                for node in tree.nodes { try node.psql("drop owned by trompe_merging") }
            }
        }
    }

    /// One plan serves an UPDATE of one row and one of many: not each row with each.
    @Test(arguments: ["", "partition by range (id); create table item_1 partition of item default"])
    func oldAndNewRowsMeetWithoutNestedLoops(_ partitions: String) throws {
        try withTree(1, schema: "create table item (id int primary key, a int) \(partitions);") {
            tree in
            try tree[1].psql("select replication.set_policy('item', 'columns')")
            try tree[1].psql("insert into item select g, 0 from generate_series(1, 30000) as g")
            try tree[1].psql(
                """
                set statement_timeout = '20s';
                update item set a = 1 where id = 1;
                update item set a = 2;
                """)
            let noted = try entries(tree[1]).split(separator: "\n").filter { $0.hasSuffix("01") }
            #expect(noted.count == 30_001)
        }
    }
}
