import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Changes of schema are captured, in whatever way they are sent.
@Suite struct SchemaCaptureTests {
    /// What a node has captured, in order.
    private func captured(_ node: TestNode) throws -> [String] {
        try node.connection.query(
            "select coalesce(statement, kind) as text from replication.schema_change"
        ).map { try $0.string("text") }
    }

    /// A session as a user has one.
    private func session(_ node: TestNode) throws -> Connection {
        let session = try Connection(node.conninfo)
        try session.script("reset all")
        return session
    }

    @Test func ofOneStringEachIsCutOut() throws {
        try withTree(1) { tree in
            try session(tree[1]).script(
                """
                create table a (id int primary key, t text default 'x;y'); insert into a values (1);
                alter table a add b int; create temporary table passing (); drop table passing;
                /* then; */ alter table a add c int; create table if not exists a (); ;
                create index concurrently_a on a (b) -- the end
                """)
            #expect(
                try captured(tree[1]) == [
                    "create table a (id int primary key, t text default 'x;y')",
                    "alter table a add b int", "alter table a add c int",
                    "create index concurrently_a on a (b)",
                ])
        }
    }

    /// PostgreSQL fires nothing for rights on what databases share: another statement is meant.
    @Test func rightsOnSharedObjectsArePassedBy() throws {
        try withTree(1) { tree in
            let name = try tree[1].psql("select quote_ident(current_database())").dropLast()
            try session(tree[1]).script(
                """
                create table a (id int primary key);
                grant connect on database \(name) to public; grant select on a to public;
                revoke connect on database \(name) from public; revoke select on a from public;
                grant connect on database \(name) to public;
                create table database (); grant select on database to public
                """)
            #expect(
                try captured(tree[1]) == [
                    "create table a (id int primary key)", "grant select on a to public",
                    "revoke select on a from public", "create table database ()",
                    "grant select on database to public",
                ])
        }
    }

    /// Of a string that undoes what it did, nobody knows which statement is meant.
    @Test func aStringThatRollsBackIsRefusedUnlessItIsPlain() throws {
        try withTree(1) { tree in
            let session = try session(tree[1])
            let error = #expect(throws: PostgresError.self) {
                try session.script(
                    "begin; create table b (x int); rollback; create table b (id int primary key)")
            }
            #expect(error?.hint?.contains("replication.ddl('...')") == true)
            try session.script("rollback")
            try session.script(
                "begin; create index on a (b); rollback; create table b ()".replacing(
                    "create index on a (b)", with: "select 1"))
            #expect(try captured(tree[1]) == ["create table b ()"])
        }
    }

    @Test func whatPLpgSQLExecutes() throws {
        try withTree(1) { tree in
            try tree[1].psql(
                """
                create function make(n text) returns void language plpgsql as $f$
                begin
                    execute format('create table %I (id int primary key); alter table %1$I add "a b" int', n);
                    create view "of" as select 1 as one;
                end $f$;
                do $$ begin for i in 1..2 loop perform make('t' || i); drop view "of"; end loop; end $$;
                """)
            let expected = ["t1", "t2"].flatMap { name in
                [
                    "create table \(name) (id int primary key)",
                    "alter table \(name) add \"a b\" int",
                    "create view \"of\" as select 1 as one", "drop view \"of\"",
                ]
            }
            #expect(try captured(tree[1]).dropFirst() == expected[...])
        }
    }

    @Test func whatCannotBeToldIsRefusedOrMarked() throws {
        try withTree(2) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(
                "create function make() returns void language sql as 'create table made (id int primary key)'"
            )
            let failure = #expect(throws: Psql.Failure.self) { try tree[1].psql("select make()") }
            #expect(failure?.description.contains("replication.ddl('...')") == true)
            #expect(try tree[1].psql("select to_regclass('made')") == "\\N\n")
            try tree[1].psql("select replication.on_unknown_ddl('mark'); select make()")
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(error.message.contains("CREATE TABLE"))
            let uid = try tree[1].psql("select uid from replication.event where kind = 'lost'")
                .trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(error.hint?.contains("--skip \(uid)") == true)
            try tree[2].psql(
                """
                begin; select replication.pause_ddl(); create table made (id int primary key); commit
                """)
            try SchemaChange.skip(tree[2].connection, uid: uid)
            try tree[1].psql("insert into made values (1)")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("table made") == "1\n")
        }
    }

    /// Names, search path and who did it go along.
    @Test func howItIsReadGoesAlong() throws {
        try withTree(2) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(
                """
                create schema "My Schema";
                set search_path = "My Schema", public; set DateStyle = 'German'; set TimeZone = 'Asia/Tokyo';
                create table "It's" ("a""b" int primary key, d date default '01.02.2026',
                    t timestamptz default '2026-01-01 00:00');
                set standard_conforming_strings = off; set escape_string_warning = off;
                alter table "It's" add e text default 'a\\'b;';
                """)
            try tree.syncUntilQuiet()
            let look = """
                reset all;
                set TimeZone = 'UTC';
                select column_name, column_default from information_schema.columns
                where table_name = 'It''s' order by 1
                """
            #expect(try tree[2].psql(look) == tree[1].psql(look))
            #expect(try tree[2].psql(look).contains("2026-02-01"))
        }
    }

    /// What an extension's script does is the extension's; temporary objects and this schema's own are
    /// no matter of other nodes, and neither is what a transaction wishes to keep.
    @Test func whatIsNotCaptured() throws {
        try withTree(1) { tree in
            try tree[1].psql(
                """
                create extension hstore;
                create temporary table mine (id serial primary key); create index on mine (id);
                comment on table mine is 'x'; drop table mine;
                create table public.kept (id int primary key);
                refresh materialized view pg_temp.nothing;
                """.replacing("refresh materialized view pg_temp.nothing;", with: "")
                    + """
                    create role trompe_nobody_\(tree[1].database);
                    grant usage on schema replication to trompe_nobody_\(tree[1].database);
                    revoke usage on schema replication from trompe_nobody_\(tree[1].database);
                    drop role trompe_nobody_\(tree[1].database);
                    begin; select replication.pause_ddl(); drop table kept; create table own (); commit;
                    """)
            #expect(
                try captured(tree[1]) == [
                    "create extension hstore", "create table public.kept (id int primary key)",
                ])
        }
    }

    /// Not every release knows pg_attver: what a dump says of it stays on its node.
    @Test func theServersOwnNumbersAreNotCaptured() throws {
        try withTree(1) { tree in
            for (settings, isOwn) in [("pg_attver=1", "t\n"), ("n_distinct=1", "f\n")] {
                let statement = "ALTER TABLE ONLY public.a ALTER COLUMN id SET (\(settings))"
                let question = """
                    select replication.is_own('ALTER TABLE', s.words, '{}')
                    from replication.statements_of('\(statement)', false) as s
                    """
                let answer = try tree[1].psql(question)
                #expect(answer == isOwn, "\(settings)")
            }
        }
    }

    /// A user who takes a capture trigger away, or replaces it, finds it there again, and no other
    /// node hears of it.
    @Test func captureTriggersComeBackAtOnce() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(
                "drop trigger replication_insert on note; insert into note values (1, 'x')")
            try tree[1].psql(
                "alter table note disable trigger all; insert into note values (2, 'y')")
            #expect(try tree[1].broken() == "")
            try tree[1].psql("alter table note enable trigger all")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("select count(*) from note") == "2\n")
        }
    }

    /// Where no event trigger captures, replication.ddl does.
    @Test func byHand() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql("select replication.release_schema_changes()")
            #expect(try tree[1].status().capturesSchema == false)
            #expect(
                try SchemaChange.make(
                    tree[1].connection,
                    "create table a (id int primary key); alter table note rename id to ident") == 2
            )
            try tree[1].psql("insert into a values (1); insert into note (ident) values (7)")
            #expect(throws: PostgresError.self) {
                _ = try SchemaChange.make(
                    tree[1].connection, "drop table a; insert into note values (1)")
            }
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("select * from a; select ident from note") == "1\n7\n")
        }
    }

    /// The event triggers are missed where they are expected.
    @Test func aMissingEventTriggerIsMadeAgain() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql("alter event trigger replication_ddl disable")
            let report = try tree.sync((1, 2))
            #expect(report.mended.contains { $0.contains("changes of schema were not captured") })
            try tree[1].psql("create table later (id int primary key)")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("select count(*) from later") == "0\n")
        }
    }
}
