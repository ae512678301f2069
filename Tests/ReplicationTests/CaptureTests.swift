import Postgres
import Replication
import TestSupport
import Testing

/// Whatever a user's statement changes is logged, once, and nothing else is.
@Suite struct CaptureTests {
    @Test func statementsThatChangeNothingCostNothing() throws {
        try withTree(1, schema: noteTable + "insert into note values (1, 'a')") { tree in
            let printed = try tree[1].psql(
                """
                begin;
                update note set text = 'b' where false;
                delete from note where id = 7;
                insert into note select 8, 'c' where false;
                insert into note values (1, 'd') on conflict do nothing;
                merge into note using (select 9 as id) as m on note.id = m.id
                    when matched then delete;
                select pg_current_xact_id_if_assigned();
                commit;
                """)
            #expect(printed == "\\N\n")
            #expect(try tree[1].log() == "")
        }
    }

    /// What is typed, and the entries that must be in the log of note (id, text) with the rows 1 to 3.
    static let statements: [(String, [String])] = [
        ("insert into note values (4, 'x')", ["I 4"]),
        ("copy note from stdin;\n5\tx\n6\ty\n\\.\n", ["I 5", "I 6"]),
        ("update note set text = 'x' where id <= 2", ["U 1", "U 2"]),
        ("update note set id = id + 10 where id = 1", ["D 1", "U 11"]),
        ("delete from note where id = 2", ["D 2"]),
        ("insert into note values (3, 'y') on conflict (id) do update set text = 'y'", ["U 3"]),
        (
            """
            insert into note values (3, 'y'), (4, 'y')
            on conflict (id) do update set text = excluded.text
            """, ["I 4", "U 3"]
        ),
        (
            """
            merge into note using (values (1), (2), (9)) as m (id) on note.id = m.id
                when matched and m.id = 1 then delete
                when matched then update set text = 'm'
                when not matched then insert values (m.id, 'm')
            """, ["D 1", "I 9", "U 2"]
        ),
        (
            """
            with gone as (delete from note where id = 1 returning *)
            insert into note select id + 20, text from gone
            """, ["D 1", "I 21"]
        ),
        (
            """
            begin;
            insert into note values (30, 'stays');
            savepoint s;
            insert into note values (31, 'goes');
            rollback to s;
            insert into note values (32, 'stays');
            commit
            """, ["I 30", "I 32"]
        ),
        ("begin; insert into note values (33, 'goes'); rollback", []),
        ("truncate note", ["T"]),
        ("do $$ begin delete from note where id < 3; end $$", ["D 1", "D 2"]),
    ]

    @Test func everyStatementIsLoggedOnce() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            for (statement, expected) in Self.statements {
                try tree[1].psql(
                    """
                    truncate note;
                    insert into note select g, 'old' from generate_series(1, 3) as g
                    """)
                let last = "(select max(xid) from replication.log)"
                let before = try tree[1].psql("select \(last)").split(separator: "\n")[0]
                try tree[1].psql(statement)
                let entries = try tree[1].psql(
                    """
                    select concat_ws(' ', action, key ->> 'id') from replication.log
                    where xid > \(before) and tablename = 'public.note' order by 1
                    """)
                #expect(
                    entries.split(separator: "\n").map(String.init) == expected, "\(statement)")
            }
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// A publication for all tables must break neither the users' statements nor a sync: an UPDATE or
    /// DELETE of a published table without a replica identity is refused by the server.
    @Test func aPublicationOfAllTablesIsNoHindrance() throws {
        try withTree(2, schema: noteTable + "create publication everything for all tables;") {
            tree in
            for node in tree.nodes {
                try node.psql("insert into note values (\(node.number), 'new')")
            }
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                try node.psql("update replication.self set keep = '0'")
                try node.psql("update note set text = 'by \(node.letter)' where id = 1")
                try node.psql("delete from note where id = 2")
            }
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            try tree[1].psql("truncate note; insert into note values (9, 'x')")
            try tree.syncUntilQuiet()
            try tree[1].psql("select replication.purge()")
            #expect(try tree[2].psql("select * from note") == "9|x\n")
            try tree.edge((1, 2)).unlink()
            for node in tree.nodes { try Installation.uninstall(node.connection) }
        }
    }

    /// An application that has rights on its tables only.
    @Test func anApplicationNeedsNoRightsOnTheLog() throws {
        let schema = """
            create table note (id serial primary key, text text);
            create table parted (id int primary key) partition by range (id);
            create table parted_1 partition of parted for values from (0) to (1000);
            create table person (id int primary key);
            create table employee (primary key (id)) inherits (person);
            grant all on note, note_id_seq, parted, parted_1, person, employee to trompe_application;
            """
        try withRole("trompe_application") {
            try withTree(2, schema: schema) { tree in
                try tree.syncUntilQuiet()
                try tree[1].psql(
                    """
                    set role trompe_application;
                    insert into note (text) values ('a'), ('b'), ('c');
                    update note set text = 'd' where text = 'a';
                    update note set id = 999 where text = 'b';
                    delete from note where text = 'c';
                    insert into parted values (1), (2);
                    truncate parted_1;
                    insert into parted values (3);
                    insert into employee values (4);
                    update person set id = 5;
                    """)
                try tree.syncUntilQuiet()
                #expect(try tree[1].contents() == tree[2].contents())
                #expect(
                    try tree[2].psql(
                        "select * from note order by id; table parted; table only employee")
                        == "1|d\n999|b\n3\n5\n")
                try tree[1].psql("set role trompe_application; truncate note")
                try tree.syncUntilQuiet()
                #expect(try tree[2].psql("select count(*) from note") == "0\n")
                let id = try tree[1].psql(
                    "select id from replication.relation where relid = 'note'::regclass")
                for attempt in [
                    "table replication.log", "table replication.self",
                    "select replication.now()", "select replication.log_all(1)",
                    "delete from replication.log_\(id)", "table replication.log_\(id)",
                    """
                    insert into replication.event (xid, changed_at, origin, via, kind, relation)
                    values (1, now(), 1, 1, 'truncate', 1)
                    """,
                    """
                    create temporary table mine (id int);
                    create trigger forge after insert on mine referencing new table as new_rows
                    for each statement execute function replication.insert_\(id)()
                    """,
                ] {
                    #expect(throws: Psql.Failure.self, "\(attempt)") {
                        try tree[1].psql("set role trompe_application; " + attempt)
                    }
                }
            }
        }
    }

    /// A role that makes functions, operators and types of its own, and puts them before the
    /// system's, changes nothing of what is logged.
    @Test func nobodyCanShadowWhatTheTriggersCall() throws {
        let schema = """
            create table note (id int primary key, text text);
            create table parted (id int, part text, primary key (id, part)) partition by list (part);
            create table parted_a partition of parted for values in ('a');
            create table parted_b partition of parted default;
            create schema evil authorization trompe_evil;
            grant all on all tables in schema public to trompe_evil;
            """
        try withRole("trompe_evil") {
            try withTree(1, schema: schema) { tree in
                try tree[1].psql("set role trompe_evil; " + Self.shadows)
                try tree[1].psql(
                    """
                    set role trompe_evil;
                    set search_path = evil, pg_catalog, public;
                    insert into public.note values (1, 'a'), (2, 'b');
                    update public.note set text = 'c';
                    update public.note set id = 3 where id operator(pg_catalog.=) 2;
                    delete from public.note where id operator(pg_catalog.=) 1;
                    insert into public.parted values (1, 'a');
                    update public.parted set part = 'b';
                    truncate public.parted_b;
                    truncate public.note;
                    """)
                #expect(
                    try tree[1].psql(
                        """
                        select string_agg(action::text || coalesce(key ->> 'id', ''), ' ' order by xid,
                                action::text, key ->> 'part'),
                            bool_and(changed_at between now() - interval '1 minute' and now()),
                            count(distinct xid), min(origin), max(origin)
                        from replication.log where tablename in ('public.note', 'public.parted')
                        """) == "I1 I2 U1 U2 D2 U3 D1 I1 D1 U1 D1 T|t|8|1|1\n")
                #expect(try tree[1].psql("select count(*) from evil.called") == "0\n")
            }
        }
    }

    /// Everything that a capture function could be led astray with; each notes that it was called.
    private static let shadows = """
        set search_path = evil;
        create table called (name text);
        create table self (number int);
        insert into self values (99);
        create table clock (last_value bigint);
        insert into clock values (31536000000000);
        create function call(name text) returns void language sql
            as $$ insert into evil.called values (name) $$;
        create function now() returns timestamptz language sql
            as $$ select evil.call('now'); select 'infinity'::timestamptz $$;
        create function clock_timestamp() returns timestamptz language sql
            as $$ select evil.call('clock_timestamp'); select 'infinity'::timestamptz $$;
        create function txid_current() returns bigint language sql
            as $$ select evil.call('xid'); select 1::bigint $$;
        create function pg_sequence_last_value(regclass) returns bigint language sql
            as $$ select evil.call('last_value'); select 31536000000000 $$;
        create function format(text, regclass) returns text language sql
            as $$ select evil.call('format'); select 'drop schema replication cascade' $$;
        create function current_setting(text) returns text language sql
            as $$ select evil.call('current_setting'); select 'serializable' $$;
        create function equal(int, int) returns boolean language sql
            as $$ select evil.call('='); select true $$;
        create operator = (leftarg = int, rightarg = int, function = equal);
        create function equal(text, text) returns boolean language sql
            as $$ select evil.call('text ='); select true $$;
        create operator = (leftarg = text, rightarg = text, function = equal);
        create function unequal(text, text) returns boolean language sql
            as $$ select evil.call('<>'); select true $$;
        create operator <> (leftarg = text, rightarg = text, function = unequal);
        create function plus(timestamptz, interval) returns timestamptz language sql
            as $$ select evil.call('+'); select 'infinity'::timestamptz $$;
        create operator + (leftarg = timestamptz, rightarg = interval, function = plus);
        create domain "text" as pg_catalog.text check (evil.call('text') is null);
        create domain "bigint" as pg_catalog.int8 check (evil.call('bigint') is null);
        create domain int8 as pg_catalog.int8 check (evil.call('int8') is null);
        """
}

/// Runs a test with a role that can do nothing yet, and takes the role away again.
func withRole(_ name: String, _ options: String = "", _ body: () throws -> Void) throws {
    let servers = try [Servers.first.get(), Servers.second.get()]
    let sessions = try Set(servers.map { $0.conninfo() }).map { try Connection($0) }
    for session in sessions {
        try session.script("drop role if exists \(name); create role \(name) login \(options)")
    }
    defer { for session in sessions { try? session.script("drop role if exists \(name)") } }
    try body()
}
