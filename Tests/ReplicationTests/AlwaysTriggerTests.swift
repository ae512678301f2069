import Postgres
import Replication
import TestSupport
import Testing

/// Triggers of the users that fire for a direction too, and that do not let rows in.
@Suite struct AlwaysTriggerTests {
    private let schema = """
        create table item (id int primary key, text text);
        create table part (id int primary key, item int references item, text text);
        """

    /// A trigger on B that keeps rows of A's out, by returning NULL.
    private func forbid(
        _ operation: String, on table: String = "item", if condition: String, _ node: TestNode
    ) throws {
        try node.psqlHere(
            """
            create function forbid() returns trigger language plpgsql as
                $$ begin return null; end $$;
            create trigger forbid before \(operation) on \(table) for each row
                when (\(condition)) execute function forbid();
            alter table \(table) enable always trigger forbid;
            """)
    }

    private func allow(_ tree: TestTree, on table: String = "item") throws {
        try tree[2].psqlHere("alter table \(table) disable trigger forbid")
        try tree.syncUntilQuiet()
        #expect(try tree[1].contents() == tree[2].contents())
        #expect(try tree[2].waiting() == "")
    }

    @Test(arguments: ["newest", "columns"])
    func aRowThatATriggerKeepsOutWaits(policy: String) throws {
        try withTree(schema: schema) { tree in
            try setPolicy(tree[1].connection, table: "item", policy: policy, argument: nil)
            try tree[1].psql("insert into item select n, 'old' from generate_series(1, 20) as n")
            try tree.syncUntilQuiet()
            try forbid(
                "insert or update or delete", if: "pg_trigger_depth() < 9 and current_user <> ''",
                tree[2])
            try tree[2].psqlHere(
                """
                create or replace function forbid() returns trigger language plpgsql as $$
                begin
                    if tg_op = 'DELETE' then
                        return case when old.id <> 3 then old end;
                    end if;
                    return case when new.text <> 'forbidden' then new end;
                end $$
                """)
            try tree[1].psql(
                """
                insert into item values (21, 'forbidden'), (22, 'fine');
                insert into part values (1, 21, 'needs it'), (2, 22, 'fine');
                update item set text = 'forbidden' where id = 2;
                update item set text = 'new' where id between 10 and 20;
                delete from item where id in (3, 4);
                """)
            let report = try tree.sync((1, 2))
            #expect(report.directions[0].waiting == ["public.item": 3, "public.part": 1])
            let item = try #require(
                report.directions[0].tables.first { $0.name == "public.item" })
            #expect([item.inserted, item.updated, item.deleted] == [1, 11, 1])
            let rows = try WaitingRow.all(tree[2].connection)
            #expect(
                rows.filter { $0.table == "public.item" }.allSatisfy {
                    $0.reason == "it is kept from being written by a trigger: forbid"
                })
            #expect(
                try tree[2].psql("select id, text from item where id in (2, 3, 4, 10, 21, 22)")
                    == "2|old\n3|old\n10|new\n22|fine\n")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select count(*) from item") == "20\n")
            try allow(tree)
            #expect(try tree[2].psql("select text from item where id = 2") == "forbidden\n")
        }
    }

    /// A parent that is to come back for its child, and may not.
    @Test func aChildWaitsWhoseParentMayNotComeBack() throws {
        try withTree(schema: schema) { tree in
            try tree[1].psql("insert into item values (1, 'parent'), (2, 'parent')")
            try tree.syncUntilQuiet()
            try tree[2].psql("delete from item")
            try tree[1].psql("insert into part values (1, 1, 'child'), (2, 2, 'child')")
            try forbid("insert", if: "new.id = 1", tree[2])
            var oneWay = SyncOptions()
            oneWay.isOneWay = true
            let report = try tree.sync((1, 2), oneWay)
            #expect(report.directions[0].waiting == ["public.part": 1])
            #expect(try tree[2].psql("table item; table part") == "2|parent\n2|2|child\n")
            #expect(try tree[2].brokenForeignKeys() == [])
            try tree.syncUntilQuiet()
            try allow(tree)
            #expect(try tree[2].psql("select count(*) from part") == "2\n")
        }
    }

    /// A row that a policy's function made.
    @Test func aMergedRowThatATriggerKeepsOutWaits() throws {
        let merge = """
            create function public.merge(older jsonb, newer jsonb) returns jsonb language sql
                immutable return newer || '{"text": "merged"}';
            """
        try withTree(schema: schema + merge) { tree in
            try setPolicy(
                tree[1].connection, table: "item", policy: "function", argument: "public.merge")
            try tree[1].psql("insert into item values (1, 'old'), (2, 'old')")
            try tree.syncUntilQuiet()
            try forbid("update", if: "new.text = 'merged' and new.id = 1", tree[2])
            for node in tree.nodes { try node.psql("update item set text = 'of \(node.letter)'") }
            var oneWay = SyncOptions()
            oneWay.isOneWay = true
            let report = try tree.sync((1, 2), oneWay)
            #expect(report.directions[0].waiting == ["public.item": 1])
            #expect(try tree[2].psql("select text from item order by id") == "of B\nmerged\n")
            try tree.syncUntilQuiet()
            try allow(tree)
            #expect(
                try tree[2].psql("select distinct text from item") == "merged\n")
        }
    }

    /// Errors of the users' own functions name the table, the database and what to do.
    @Test(arguments: [
        "create trigger wrong before insert on item for each row execute function wrong();"
            + "alter table item enable always trigger wrong",
        "alter table item add check (is_right(text))",
        "alter table item add check (10 / length(text) > 0)",
        "create index on item (is_right(text))",
    ])
    func anErrorOfAFunctionNamesItsPlace(_ code: String) throws {
        try withTree(schema: schema) { tree in
            try tree[2].psqlHere(
                """
                create function is_right(text) returns boolean language plpgsql immutable as
                    $$ begin if $1 = '' then raise 'empty'; end if; return true; end $$;
                create function wrong() returns trigger language plpgsql as
                    $$ begin if new.text = '' then raise 'empty'; end if; return new; end $$;
                \(code);
                """)
            try tree[1].psql("insert into item values (1, ''); insert into part values (1, 1)")
            let error = try refusal { try tree.sync((1, 2)) }
            guard case .codeFailed("B", "public.item", _, let sqlstate, _) = error else {
                throw error
            }
            #expect(error.message.hasPrefix("B: rows of table public.item could not be applied: "))
            #expect(error.message.contains(sqlstate == "P0001" ? "empty (P0001)" : "(22012)"))
            #expect(error.hint?.hasPrefix("nothing was changed; a function") == true)
            #expect(error.exitStatus == 1)
            #expect(try tree[2].psql("table item; table part") == "")
        }
    }

    @Test func anErrorOfAPolicysFunctionNamesItsPlace() throws {
        let merge = """
            create function public.merge(older jsonb, newer jsonb) returns jsonb language plpgsql
                as $$ begin raise 'cannot say'; end $$;
            """
        try withTree(schema: schema + merge) { tree in
            try setPolicy(
                tree[1].connection, table: "item", policy: "function", argument: "public.merge")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                try node.psql("insert into item values (1, 'of \(node.letter)')")
            }
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(
                error.message.hasPrefix(
                    "B: rows of table public.item could not be applied: cannot say (P0001), in"))
            #expect(try tree[2].psql("table item") == "1|of B\n")
        }
    }
}
