import Postgres
import TestSupport
import Testing

/// A check that found nothing wrong is not made again until something changes on which capture
/// depends.
@Suite struct VerifiedTests {
    private static let schema = """
        create table parent (id int primary key, text text);
        create table child (id serial primary key, parent int);
        create unique index child_parent on child (parent);
        create table parted (id int primary key) partition by range (id);
        create table part (id int primary key);
        create table many (id int generated always as identity primary key, word text);
        create function nothing() returns trigger language plpgsql as 'begin return null; end';
        """

    /// One for each catalog and each table of ours that the check reads.
    private static let changes = [
        "create table late (id int primary key)",
        "alter table parent rename to mother",
        "alter table mother add column more text",
        "alter table mother rename column more to less",
        "alter table child alter column parent set not null",
        "alter table child replica identity using index child_parent",
        "alter table child alter column id set default 7",
        "alter table child disable trigger user",
        "drop trigger replication_insert on many",
        "alter table parted attach partition part for values from (0) to (10)",
        "create table heir () inherits (many)",
        "alter table heir no inherit many",
        "alter sequence many_id_seq increment 1",
        "alter sequence child_id_seq owned by none",
        "alter table short_lived set unlogged",
        "create or replace function nothing() returns trigger language plpgsql as 'begin end'",
        "create schema elsewhere",
        "alter schema elsewhere rename to nowhere",
        "alter extension plpgsql add table parent_of_none",
        "update replication.relation set digest = digest || ' '",
        "insert into replication.policy (tablename, policy) values ('public.many', 'columns')",
        "delete from replication.sequence where relid = 'child_id_seq'::regclass",
        "update replication.self set number = 7",
    ]

    @Test func everyChangeOfTheSchemaIsLookedAt() throws {
        try withTree(
            1, schema: Self.schema + "create table parent_of_none (); create table short_lived ();"
        ) { tree in
            var states = [try state(tree[1])]
            #expect(try state(tree[1]) == states[0])
            for change in Self.changes {
                try tree[1].psql("set client_min_messages = error; " + change)
                let present = try state(tree[1])
                #expect(!states.contains(present), "\(change)")
                states.append(present)
            }
        }
    }

    @Test func whatTheCaptureDoesNotDependOnIsNot() throws {
        try withTree(1, schema: Self.schema) { tree in
            let before = try state(tree[1])
            try tree[1].psql(
                """
                insert into parent select i from generate_series(1, 100) as i;
                delete from parent where id > 50;
                insert into many (word) values ('a'), ('b');
                analyze;
                vacuum;
                """)
            let session = try Connection(tree[1].conninfo)
            try session.script(
                """
                create temporary table passing (id serial primary key, text text default 'a');
                create index on passing (text);
                """)
            #expect(try state(tree[1]) == before)
        }
    }

    @Test func aSequenceThatWasSetIsNoticedAllTheSame() throws {
        try withTree(2, schema: Self.schema) { tree in
            try tree.syncUntilQuiet()
            let before = try tree[2].psql("select state from replication.verified")
            #expect(try tree[2].psql("select replication.capture_state()") == before)
            try tree[2].psql("select setval('child_id_seq', 1001)")
            #expect(try tree.sync((1, 2)).mended.count == 1)
            let next = try tree[2].psql("insert into child default values returning id")
            #expect(next == "1002\n")
        }
    }

    private func state(_ node: TestNode) throws -> String {
        try node.psql("select replication.capture_state()")
    }
}
