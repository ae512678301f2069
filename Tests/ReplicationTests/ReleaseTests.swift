import Postgres
import Replication
import TestSupport
import Testing

/// What PostgreSQL 18 has and older releases have not.
@Suite struct ReleaseTests {
    /// Two neighbours, both on PostgreSQL 18.
    private func withNewest(_ schema: String, _ body: (TestTree) throws -> Void) throws {
        for node in [1, 2] {
            let version = try Connection(Servers.server(of: node).conninfo()).serverVersion
            guard version >= 180_000 else { try Test.cancel("PostgreSQL 18 has it first") }
        }
        try withTree(schema: schema, body)
    }

    /// Columns that are computed when they are read: each side does so, and nothing of them travels.
    @Test func virtualColumnsAreComputedOnEachSide() throws {
        let schema = """
            create table item (id int primary key, price int, name text,
                total int generated always as (price * 2) virtual);
            """
        try withNewest(schema) { tree in
            try tree[1].psql("insert into item (id, price) values (1, 10), (2, 20)")
            try tree.syncUntilQuiet()
            try tree[1].psql("update item set price = 11 where id = 1")
            try tree[2].psql("update item set price = 12 where id = 1")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select total from item where id = 1") == "24\n")
            let lost = try #require(try Conflict.all(tree[1].connection).first)
            #expect(lost.loser.row == #"{"id":1,"price":11,"name":null}"#)
            _ = try lost.restore(tree[1].connection)
            // Made, changed and dropped; and a constraint of one side is about it.
            try tree[1].psql(
                """
                alter table item add column tax int generated always as (price / 10);
                alter table item alter column total set expression as (price * 3);
                """)
            try tree.syncUntilQuiet()
            try tree[2].psqlHere("alter table item add check (total < 300)")
            try tree[1].psql("insert into item (id, price) values (3, 100), (4, 40)")
            try tree.syncUntilQuiet()
            #expect(
                try tree[2].psql("select id, total, tax from item order by id")
                    == "1|33|1\n2|60|2\n4|120|4\n")
            #expect(try tree[2].waiting().contains("item_total_check"))
            try tree[1].psql("update item set price = 50 where id = 3")
            try setPolicy(tree[1].connection, table: "item", policy: "columns", argument: nil)
            try tree.syncUntilQuiet()
            try tree[1].psql("update item set price = 60 where id = 3")
            try tree[2].psql("update item set name = 'of B' where id = 3")
            try tree[2].psql("alter table item drop column tax")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select total, name from item where id = 3") == "180|of B\n")
            }
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// A constraint that is not enforced keeps no row back, and no parent; as soon as it is, it does.
    @Test func whatIsNotEnforcedKeepsNothingBack() throws {
        let schema = """
            create table parent (id int primary key);
            create table child (id int primary key, n int,
                parent int references parent not enforced,
                constraint positive check (n > 0) not enforced);
            """
        try withNewest(schema) { tree in
            try tree[1].psql("insert into parent values (1), (2), (3)")
            try tree.syncUntilQuiet()
            try tree[1].psql("insert into child values (1, -1, 1), (2, 2, 99)")
            try tree[2].psql("delete from parent where id = 1")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select id from parent order by 1") == "2\n3\n")
            let children = try tree[2].psql("select * from child order by 1")
            #expect(children == "1|-1|1\n2|2|99\n")
            try tree[1].psql(
                """
                delete from child;
                alter table child alter constraint child_parent_fkey enforced;
                alter table child add constraint known not null n not valid;
                """)
            try tree[2].psql("insert into child values (3, 3, 98), (4, null, 2)")
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(error.message.contains("child_parent_fkey"))
            try tree[2].psql("delete from child where id = 3")
            try tree.syncUntilQuiet()
            #expect(try tree[1].waiting().contains("child"))
            try tree[2].psql("delete from parent where id = 3")
            try tree[1].psql("insert into child values (5, 5, 3)")
            try tree[1].psql("alter table child validate constraint known")
            try tree[2].psql("update child set n = 4 where id = 4")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                let ids = try node.psql(
                    "select id from parent order by 1; select id from child order by 1")
                #expect(ids == "2\n3\n4\n5\n")
                #expect(
                    try node.psql(
                        """
                        select bool_and(conenforced and convalidated) from pg_constraint
                        where conname in ('known', 'child_parent_fkey')
                        """) == "t\n")
            }
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// The older of two releases cannot do what only the newer one knows: it is told so, nothing is
    /// lost, and with something else in its place it goes on.
    @Test func whatTheOlderReleaseLacksIsRefusedWithAWayOn() throws {
        let versions = try [1, 2].map {
            try Connection(Servers.server(of: $0).conninfo()).serverVersion / 10_000
        }
        guard versions.contains(18), let old = versions.firstIndex(where: { $0 < 18 }) else {
            try Test.cancel("of PostgreSQL 18 and an older one")
        }
        try withTree(schema: "create table item (id int primary key, price int)") { tree in
            let (older, newer) = (tree.nodes[old], tree.nodes[1 - old])
            for (change, instead) in [
                (
                    "alter table item add column total int generated always as (price * 2)",
                    "alter table item add column total int generated always as (price * 2) stored"
                ), ("alter table item add check (price > 0) not enforced", ""),
            ] {
                try newer.psql(change)
                try newer.psql("insert into item (id, price) select count(*), 5 from item")
                try older.psql("insert into item (id, price) select 100 + count(*), 6 from item")
                let error = try refusal { try tree.sync((1, 2)) }
                let releases = "; it was made on PostgreSQL 18, and this is \(versions[old])"
                #expect(error.message.contains(releases))
                #expect(error.hint?.contains("select replication.pause_ddl()") == true)
                guard case .schemaChangeFailed(_, _, let made, _, _) = error else { throw error }
                if !instead.isEmpty { try older.psqlHere(instead) }
                try SchemaChange.skip(older.connection, uid: made.uid)
                try tree.syncUntilQuiet()
                #expect(try older.contents() == newer.contents())
            }
            #expect(try newer.psql("select count(*), min(total) from item") == "4|10\n")
        }
    }
}
