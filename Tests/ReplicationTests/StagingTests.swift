import Foundation
import Postgres
import Replication
import Synchronization
import TestSupport
import Testing

/// A large backlog comes over in pieces that stay, whatever becomes of the link, and ends as if it
/// had come at once.
@Suite struct StagingTests {
    @Test(arguments: [false, true])
    func whatArrivedStays(isFirst: Bool) throws {
        try withTree(2, schema: itemTable) { tree in
            if !isFirst { try tree.sync((1, 2)) }
            try tree[1].psql(items(1...6))
            try cutAfter(2, tree)
            #expect(try staged(tree) == "1a 2a\n")
            #expect(try tree[2].psql("select count(*) from item") == "0\n")
            // Changed, deleted, moved and new rows, before and behind the place where it stopped.
            try tree[1].psql(
                """
                update item set text = 'b' where id in (1, 5);
                delete from item where id in (2, 6);
                insert into item values (0, 'new'), (9, 'new');
                """)
            try cutAfter(1, tree)
            #expect(try staged(tree) == "1a 2a 3a\n")
            try tree[1].psql(
                "update item set id = 30 where id = 3; update item set id = 7 where id = 9")
            let report = try tree.sync((1, 2), .bitByBit)
            #expect(report.directions[0].moved == 6)
            #expect(
                try tree[2].psql("select id || text from item order by id")
                    == "0new\n1b\n4a\n5b\n7new\n30a\n")
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try staged(tree) == "none")
            #expect(try tree[2].psql(stagedTables) == "")
            #expect(try tree.sync((1, 2)).isQuiet)
        }
    }

    /// Where the source is lost in the middle of a piece, what the agent has is kept.
    @Test func whatHadComeFromALostSourceIsKept() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.sync((1, 2))
            try tree[1].psql(items(1...6))
            let proxy = try Proxy(tree[1].conninfo)
            defer { proxy.close() }
            let seen = Mutex(0)
            proxy.rule { passage in
                guard passage.kind == .row, passage.isFromServer else { return .pass }
                let number = seen.withLock { seen in
                    seen += 1
                    return seen
                }
                return number == 5 ? .cutInside : .pass
            }
            var options = SyncOptions.bitByBit
            options.pieceBytes = 1 << 20
            let error = try refusal {
                _ = try Edge(Connection(proxy.conninfo), Connection(tree[2].conninfo))
                    .sync(options)
            }
            #expect(error.message.contains("4 rows"))
            #expect(try staged(tree) == "1a 2a 3a 4a\n")
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// A transaction that wrote before the first snapshot and commits behind the last one.
    @Test(arguments: [false, true])
    func aLateCommitterIsNotSkipped(isFirst: Bool) throws {
        try withTree(2, schema: itemTable) { tree in
            if !isFirst { try tree.sync((1, 2)) }
            try tree[1].psql(items(1...6))
            let late = try tree[1].session()
            try late.script(
                "begin; update public.item set text = 'late' where id in (1, 5);"
                    + " insert into public.item values (0, 'late'), (7, 'late')")
            try cutAfter(3, tree)
            #expect(try staged(tree) == "1a 2a 3a\n")
            try late.script("commit")
            try tree.sync((1, 2), .bitByBit)
            #expect(
                try tree[2].psql("select id || text from item order by id")
                    == "0late\n1late\n2a\n3a\n4a\n5late\n6a\n7late\n")
            #expect(try tree.sync((1, 2)).isQuiet)
        }
    }

    /// What is staged is one side of a conflict like any row; and where it has lost meanwhile, be it
    /// here or at the source, it does not come back.
    @Test func conflictsAreDecidedAsEver() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.sync((1, 2))
            try tree[1].psql(items(1...4))
            try cutAfter(4, tree)
            // B's are later: they win. The way back brings one to A before A is asked again.
            try tree[2].psql("insert into item values (1, 'B'), (2, 'B')")
            var back = SyncOptions()
            back.isOneWay = true
            try tree.sync((2, 1), back)
            try tree[2].psql("update item set text = 'B2' where id = 2")
            try tree[1].psql(
                "update item set text = 'A2' where id = 2; delete from item where id = 3")
            try tree[2].psql("insert into item values (3, 'B')")
            try tree.sync((1, 2), .bitByBit)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select id || text from item order by id") == "1B\n2A2\n3B\n4a\n")
            }
            let conflicts = try Conflict.all(tree[1].connection)
            #expect(conflicts.count == 4)
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// What came to the source from elsewhere, and what a winner by another policy than the time
    /// has pushed off its throne there.
    @Test func whatTheSourceHearsFromOthersMeanwhile() throws {
        let tree = try TestTree(3, edges: [(1, 2), (1, 3)], isPrepared: true)
        defer { try? tree.remove() }
        for node in tree.nodes { try node.psql(itemTable) }
        try tree.install()
        try setPolicy(tree[1].connection, table: "item", policy: "priority", argument: "3,1,2")
        try tree.syncUntilQuiet()
        try tree[1].psql(items(1...4))
        try cutAfter(3, tree)
        try tree[3].psql(items(2...5, "c"))
        try tree[1].psql("update item set text = 'later' where id in (2, 4)")
        try tree.sync((1, 3))
        try cutAfter(1, tree)
        try tree.sync((1, 2), .bitByBit)
        try tree.syncUntilQuiet()
        for node in tree.nodes {
            #expect(
                try node.psql("select id || text from item order by id")
                    == "1a\n2c\n3c\n4c\n5c\n")
        }
        #expect(try tree[1].contents() == tree[2].contents())
    }

    /// Much that changes after all is staged is staged again, and only that.
    @Test func whatHasChangedIsStagedOnItsOwn() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.sync((1, 2))
            try tree[1].psql(items(1...5))
            try failInTheDirection(tree)
            #expect(try staged(tree) == "1a 2a 3a 4a 5a\n")
            try tree[1].psql(
                "update item set text = 'b' where id in (1, 3, 4); delete from item where id = 2")
            try cutAfter(2, tree)
            #expect(try staged(tree) == "5a 1b 2-\n")
            try tree[1].psql("update item set text = 'c' where id in (1, 4)")
            try tree.sync((1, 2), .bitByBit)
            #expect(
                try tree[2].psql("select id || text from item order by id")
                    == "1c\n3b\n4c\n5a\n")
            #expect(try tree.sync((1, 2)).isQuiet)
        }
    }

    /// Rows that wait, as a constraint of the target forbids them, are asked for beside what is
    /// staged, be they among that or not.
    @Test func whatWaitsIsAskedForAsWell() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.sync((1, 2))
            try tree[2].psqlHere("alter table item add constraint good check (text <> 'bad')")
            try tree[1].psql(items(1...4) + "update item set text = 'bad' where id in (2, 3)")
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[2].psql("select count(*) from replication.waiting") == "2\n")
            try tree[1].psql(items(5...8) + "update item set text = 'better' where id = 2")
            try cutAfter(3, tree)
            #expect(try staged(tree) == "2better 5a 6a\n")
            try tree[1].psql("update item set text = 'bad' where id = 5")
            try tree.sync((1, 2), .bitByBit)
            #expect(
                try tree[2].psql("select id || text from item order by id")
                    == "1a\n2better\n4a\n6a\n7a\n8a\n")
            #expect(try tree[2].psql("select count(*) from replication.waiting") == "2\n")
            try tree[2].psqlHere("alter table item drop constraint good")
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[2].psql("select count(*) from replication.waiting") == "0\n")
        }
    }

    /// Keys of types with an order of their own, and with values that need quotes.
    @Test func keysOfAnyType() throws {
        let schema = """
            create domain code as text check (value <> '');
            create type colour as enum ('red', 'blue', 'green');
            create table "Odd" (
                "a b" code collate "C", "c'd" colour, "E" timestamptz, n numeric, v varchar(9),
                primary key (n, "c'd", "a b" , v, "E")
            );
            create table part (id int, region text, primary key (region, id)) partition by list (region);
            create table part_1 partition of part for values in ('a');
            create table part_2 partition of part default;
            """
        let rows = """
            insert into "Odd"
            select repeat('x''\"', i % 3 + 1), (array['green', 'blue', 'red'])[i % 3 + 1]::colour,
                '2000-01-01'::timestamptz + i * interval '1 microsecond', i % 2 + 0.5, 'v' || i
            from generate_series(1, 12) as i;
            insert into part select i, chr(97 + i % 3) from generate_series(1, 12) as i;
            """
        try withTree(2, schema: schema) { tree in
            try tree.sync((1, 2))
            try tree[1].psql(rows)
            for count in [1, 4, 9] {
                let error = try refusal { try tree.cutSync((1, 2), after: count) }
                guard case .cutOff = error else { throw error }
            }
            try tree[1].psql("delete from part where id = 5; delete from \"Odd\" where v = 'v7'")
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[2].psql("select count(*) from part") == "11\n")
            #expect(try tree[2].psql("select count(*) from \"Odd\"") == "11\n")
        }
    }
}
