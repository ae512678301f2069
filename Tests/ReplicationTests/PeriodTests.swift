import Postgres
import Replication
import TestSupport
import Testing

/// Keys WITHOUT OVERLAPS, and foreign keys with PERIOD, as PostgreSQL 18 has them.
@Suite struct PeriodTests {
    private let schema = """
        create extension btree_gist;
        create table room (n int primary key, id int, during int4range, name text,
            unique (id, during without overlaps));
        create table booking (id int primary key, room int, during int4range,
            foreign key (room, period during) references room (id, period during));
        create table pure (id int, during int4range, primary key (id, during without overlaps));
        """

    private func withRooms(_ body: (TestTree) throws -> Void) throws {
        for node in [1, 2] {
            let version = try Connection(Servers.server(of: node).conninfo()).serverVersion
            guard version >= 180_000 else { try Test.cancel("PostgreSQL 18 has them first") }
        }
        try withTree(schema: schema) { tree in
            try tree[1].psql(
                """
                insert into room values (1, 1, '[1,5)'), (2, 1, '[5,10)'), (3, 2, '[1,10)');
                insert into booking values (1, 1, '[2,7)');
                """)
            try tree.syncUntilQuiet()
            try body(tree)
        }
    }

    /// Whether all bookings are covered, as PostgreSQL sees it when it makes the key anew.
    private func expectTrue(_ tree: TestTree, on nodes: [Int] = [1, 2]) throws {
        for node in nodes {
            try tree[node].psql(
                """
                begin;
                alter table booking drop constraint booking_room_during_fkey;
                alter table booking add foreign key (room, period during)
                    references room (id, period during);
                rollback;
                """)
        }
    }

    @Test func aClashIsDecidedAndAKeyOfThisKindAloneIsNone() throws {
        try withRooms { tree in
            let pure = try tree[1].status().unattached.first { $0.hasPrefix("public.pure: ") }
            #expect(pure?.contains("WITHOUT OVERLAPS will not do") == true)
            try tree[1].psql("insert into room values (11, 3, '[1,5)', 'A')")
            try tree[2].psql("insert into room values (12, 3, '[4,8)', 'B'), (13, 3, '[8,9)', 'B')")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select n from room where id = 3 order by n") == "12\n13\n")
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try Conflict.all(tree[1].connection).map(\.claimed) == ["room_id_during_key"])
        }
    }

    /// One of the parents that cover a child together was deleted on the other side.
    @Test(arguments: [true, false]) func aParentOfManyComesBack(isChildFirst: Bool) throws {
        try withRooms { tree in
            try tree[1].psql("delete from booking; delete from room where n = 2")
            try tree[2].psql("insert into booking values (2, 1, '[3,8)')")
            var oneWay = SyncOptions()
            oneWay.isOneWay = true
            try tree.sync(isChildFirst ? (2, 1) : (1, 2), oneWay)
            try expectTrue(tree)
            try tree.syncUntilQuiet()
            try expectTrue(tree)
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[1].psql("select n from room order by n") == "1\n2\n3\n")
            #expect(try tree[1].psql("select id from booking") == "2\n")
        }
    }

    /// A parent that is shortened under a child that it covered: both wait, and nothing is broken.
    @Test func aParentThatCoversLessWaits() throws {
        try withRooms { tree in
            try tree[1].psql("update room set during = '[1,5)' where n = 3")
            try tree[2].psql(
                "insert into booking values (3, 2, '[4,8)'), (4, 2, '[5,6)'), (5, 2, '[2,3)')")
            try tree.syncUntilQuiet()
            try expectTrue(tree)
            #expect(try tree[1].psql("select id from booking where room = 2") == "5\n")
            #expect(try tree[2].waiting().hasPrefix(#"public.room { "n" : "3" }"#))
            #expect(try tree[1].waiting().split(separator: "\n").count == 2)
            // Cut in two, it covers as much as before.
            try tree[1].psql("insert into room values (4, 2, '[5,10)')")
            try tree.syncUntilQuiet()
            try expectTrue(tree)
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[2].waiting() == "" && tree[1].waiting() == "")
        }
    }
}
