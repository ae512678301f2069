import Postgres
import Replication
import TestSupport
import Testing

/// What a neighbour does not see of a table is not its to change, and what it does is: foreign keys,
/// unique values, large objects and TRUNCATE across a filter. A is the home, B the filtered side.
@Suite struct FilterTests {
    private func setFilter(_ tree: TestTree, _ table: String, _ condition: String) throws {
        _ = try tree.edge((1, 2)).setFilter(table: table, .rows(condition))
    }

    /// One sync, and another, which finds nothing to do.
    private func settle(_ tree: TestTree) throws {
        try tree.syncUntilQuiet()
        #expect(try tree.edge((1, 2)).compare().isLevel)
    }

    private func waiting(_ node: TestNode) throws -> String {
        try node.psql(
            "select tablename, key ->> 'id', reason from replication.waiting order by 1, 2")
    }

    /// A child whose parent B does not get waits there; a parent that leaves stays at B until its
    /// children have gone, and A is not told to take it back.
    @Test func parentsAndChildren() throws {
        let schema = """
            create table region (id int primary key, name text);
            create table place (id int primary key, region int references region);
            """
        try withTree(schema: schema) { tree in
            try tree[1].psql(
                """
                insert into region values (1, 'north'), (2, 'south');
                insert into place values (1, 1), (2, 2);
                """)
            try setFilter(tree, "region", "name = 'north'")
            try tree.sync((1, 2))
            let ids = "select id from region union all select id from place"
            #expect(try tree[2].psql(ids) == "1\n1\n")
            let outside = try waiting(tree[2])
            #expect(
                outside.hasPrefix("public.place|2|the row that it refers to is outside the filter"))
            try tree[1].psql("update region set name = 'west' where id = 1")
            try tree[2].psql("insert into place values (3, 1)")
            let report = try tree.sync((1, 2))
            #expect(report.directions[0].waiting == ["public.place": 1, "public.region": 1])
            #expect(try tree[1].psql("select * from region order by id") == "1|west\n2|south\n")
            #expect(try tree[1].psql("select * from place order by id") == "1|1\n2|2\n3|1\n")
            #expect(try waiting(tree[2]).contains("public.region|1|it has left the filter"))
            try tree[1].psql("delete from place where region = 1")
            try tree.sync((1, 2))
            #expect(try tree[2].psql("select * from region") == "")
            try tree[1].psql("update region set name = 'north'")
            try settle(tree)
            #expect(try tree[2].contents() == tree[1].contents())
            #expect(try waiting(tree[2]) == "")
        }
    }

    /// A row that B itself has made, and that a new filter hides from it, leaves like any other: the home
    /// has it from B, which is no reason to think that B knows.
    @Test func aRowOfItsOwnLeavesToo() throws {
        let schema = """
            create table region (id int primary key, name text);
            create table place (id int primary key, region int references region);
            """
        try withTree(schema: schema) { tree in
            try setFilter(tree, "region", "name <> 'south'")
            try tree[2].psql(
                "insert into region values (2, 'east'); insert into place values (6, 2)")
            try settle(tree)
            try setFilter(tree, "region", "name = 'north'")
            for _ in 1...3 {
                try tree.sync((1, 2))
                #expect(try waiting(tree[2]).contains("public.region|2|it has left the filter"))
            }
            try tree[2].psql("delete from place")
            try settle(tree)
            #expect(try tree[2].psql("select * from region") == "")
            #expect(try tree[1].psql("select * from region") == "2|east\n")
        }
    }

    /// A row under a hidden one's key is its rival, and leaves where that wins; one that claims a value
    /// of a hidden row's waits. TRUNCATE takes what B sees, and large objects go at B alone.
    @Test func hiddenRowsAreNotTheNeighboursToTake() throws {
        let schema = """
            create table item (id int primary key, region text, code text unique, lo oid);
            create table part (id int, region text, primary key (id, region)) partition by list (region);
            create table part_north partition of part for values in ('north');
            create table part_rest partition of part default;
            """
        try withTree(schema: schema) { tree in
            try tree[1].psql(
                """
                insert into item values (1, 'north', 'a', lo_from_bytea(0, 'north')),
                    (2, 'south', 'b', lo_from_bytea(0, 'south')), (3, null, 'c', null);
                insert into part values (1, 'north'), (2, 'south')
                """)
            try setPolicy(tree[1].connection, table: "item", policy: "priority", argument: "1,2")
            try tree.syncUntilQuiet()
            try setFilter(tree, "item", "region = 'north'")
            try setFilter(tree, "part", "region = 'north'")
            try settle(tree)
            let objects = "select count(*) from pg_largeobject_metadata"
            #expect(try tree[2].psql("select id from item; \(objects)") == "1\n1\n")
            #expect(try tree[1].psql(objects) == "2\n")
            try tree[2].psql(
                """
                insert into item values (2, 'north', 'z', null), (4, 'north', 'b', null);
                insert into item values (3, 'north', 'y', null); delete from item where id = 3
                """)
            try tree.sync((2, 1))
            #expect(try waiting(tree[1]).hasPrefix("public.item|4|another row holds its value"))
            #expect(try tree[2].psql("select id from item order by id") == "1\n4\n")
            let all = "select id, region, code from item order by id"
            #expect(try tree[1].psql(all) == "1|north|a\n2|south|b\n3|\\N|c\n")
            #expect(
                try tree[1].psql("select loser ->> 'code' from replication.conflict") == "z\n")
            try tree[2].psql("truncate item, part")
            try settle(tree)
            #expect(try tree[1].psql(all) == "2|south|b\n3|\\N|c\n")
            #expect(try tree[1].psql("select * from part; \(objects)") == "2|south\n1\n")
            try tree[1].psql("delete from item where id > 3")
            try settle(tree)
            try repaired(tree)
        }
    }

    /// Rows that were written past the triggers are repaired either way, as far as both sides may have them.
    private func repaired(_ tree: TestTree) throws {
        let past = "set session_replication_role = replica;"
        for (end, winner) in [(Edge.End.a, "f"), (.b, "g")] {
            try tree[1].psql(
                """
                \(past) delete from item where id > 5;
                insert into item values (6, 'north', 'f', null), (7, 'south', 'x', null);
                """)
            try tree[2].psql(
                """
                \(past) delete from item;
                insert into item values (6, 'north', 'g', null), (8, 'north', 'h', null);
                """)
            #expect(try tree.edge((1, 2)).compare().rows.differing == 2)
            let repair = try tree.edge((1, 2)).repair(from: end)
            #expect(repair.after.isLevel && repair.rows == 2)
            let rest = end == .a ? "" : "8\n"
            #expect(try tree[2].psql("select id from item order by id") == "6\n\(rest)")
            #expect(
                try tree[1].psql("select id from item where id > 5 order by id") == "6\n7\n\(rest)")
            for node in tree.nodes {
                #expect(try node.psql("select code from item where id = 6") == "\(winner)\n")
            }
        }
    }

    /// A column is dropped behind the check: what the condition is then said of is not taken for hidden.
    @Test func aConditionIsTakenAwayDuringTheSync() throws {
        let schema = "create table item (id int primary key, region text, kind int);"
        try withTree(schema: schema) { tree in
            try tree[1].psql(
                "insert into item values (1, 'north', 1), (2, 'south', 2), (3, 'north', 1)")
            try setFilter(tree, "item", "region = 'north'")
            try tree.syncUntilQuiet()
            try tree[2].psql(
                """
                alter table item drop region;
                delete from item where id = 1;
                set session_replication_role = replica;
                update replication.filter set template = token || '1; is not null';
                """)
            // What refuses changes at B is made again for the condition that B seems to have.
            for _ in 1...2 {
                let error = try refusal { try tree.sync((1, 2)) }
                guard case .filterBroken("A", "public.item") = error else { throw error }
            }
            #expect(try tree[1].psql("select id from item order by id") == "1\n2\n3\n")
            try setFilter(tree, "item", "kind = 1")
            try settle(tree)
            #expect(try tree[1].psql("select * from item order by id") == "2|2\n3|1\n")
            #expect(try tree[2].psql("select * from item order by id") == "3|1\n")
        }
    }

    /// A condition calls nothing of users', and always says the same of a row. Nobody but the schema's
    /// owner writes one, in replica role neither; whatever is refused changes nothing.
    @Test func conditionsAreSafe() throws {
        let schema = """
            create table item (id int primary key, at date, text text);
            create function mine(int) returns boolean immutable language sql as 'select true';
            """
        try withTree(schema: schema) { tree in
            let conditions = [
                "public.mine(id)", "at > current_date", "random() < id", "id", "true",
                "exists (select)", "count(*) > 1", "tableoid > 1 and id > 1", "none = 1",
                "id > 1) as a, (true", "item is not null", "(item.*) is not null",
            ]
            for condition in conditions {
                let error = try refusal { try setFilter(tree, "item", condition) }
                guard case .noFilter = error else {
                    Issue.record("\(condition): \(error)")
                    continue
                }
            }
            for node in tree.nodes {
                #expect(try node.psql("select * from replication.filter") == "")
            }
            let forged = """
                grant usage on schema replication to trompe_forger;
                grant insert on replication.filter to trompe_forger;
                set session_replication_role = replica;
                set role trompe_forger;
                do $$ begin
                    insert into replication.filter
                    values (1, 'item', gen_random_uuid(), false, false, 'x', 'x1;');
                exception when insufficient_privilege then null;
                end $$;
                reset role;
                select count(*) from replication.filter;
                drop owned by trompe_forger
                """
            try withRole("trompe_forger") {
                let count = try tree[2].psql(forged)
                #expect(count == "0\n")
            }
            // Both halves, or none.
            try setFilter(tree, "item", "id > 1 and text <> 'it''s, \"so\"'")
            try tree[2].psql("delete from replication.filter")
            let error = try refusal { try tree.sync((1, 2)) }
            guard case .filtersDiffer = error else { throw error }
            _ = try tree.edge((1, 2)).setFilter(table: "item", .all)
            try tree.sync((1, 2))
        }
    }
}
