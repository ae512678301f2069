import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Making a database a node: whole, in parts, again.
@Suite struct InstallTests {
    private let tables = """
        create table a (id serial primary key);
        create table b (id int primary key);
        create table c (id int primary key);
        insert into a default values;
        """

    @Test func twiceIsANoOp() throws {
        try withTree(1, schema: tables, installing: false) { tree in
            let first = try tree[1].install()
            #expect(first.attached == ["public.a", "public.b", "public.c"])
            let before = try tree[1].dump() + tree[1].psql(Self.made)
            let second = try tree[1].install()
            #expect(second == first)
            #expect(second.mended == [])
            #expect(try tree[1].dump() + tree[1].psql(Self.made) == before)
        }
    }

    /// A publication of all tables breaks no statement of the replication's own.
    @Test func allTablesCanBePublished() throws {
        try withTree(1, schema: tables) { tree in
            let bare = try tree[1].psql(
                """
                select relname from pg_class as c
                where relnamespace = 'replication'::regnamespace and relkind = 'r'
                    and relpersistence = 'p' and relreplident <> 'f'
                    and not exists (select from pg_index where indrelid = c.oid and indisprimary)
                """)
            #expect(bare == "")
        }
    }

    /// What a trigger that was dropped and made again would show, and a function.
    private static let made = """
        select oid, xmin, tgname from pg_trigger where not tgisinternal order by oid;
        select oid, xmin, proname from pg_proc where pronamespace = 'replication'::regnamespace
        order by oid;
        select xmin, * from replication.relation;
        """

    @Test func goesOnWhereItStopped() throws {
        try withTree(1, schema: tables, installing: false) { tree in
            let other = try Connection(tree[1].conninfo)
            let error = try other.transaction {
                try other.script("lock table public.b in access exclusive mode")
                return try refusal {
                    _ = try Installation.install(
                        tree[1].connection, number: 1, name: "A", lockTimeoutMilliseconds: 20)
                }
            }
            guard case .notAttached(_, let missing) = error else {
                throw error
            }
            #expect(missing.count == 1)
            #expect(missing.first?.hasPrefix("public.b: ") == true)
            #expect(error.hint?.contains("run the same command again") == true)
            #expect(
                try tree[1].psql(
                    """
                    select relid from replication.relation
                    where relid::text not like 'replication.%' order by 1
                    """) == "a\nc\n")
            #expect(try tree[1].install().attached == ["public.a", "public.b", "public.c"])
            #expect(try tree[1].status().unattached == [])
        }
    }

    /// A transaction that is open for long keeps the installer waiting, but not the others: whoever
    /// queues behind the installer waits for its short timeout only.
    @Test func aLiveApplicationGoesOn() throws {
        try withTree(1, schema: tables, installing: false) { tree in
            let long = try Connection(tree[1].conninfo)
            let application = try Connection(tree[1].conninfo)
            try application.script("set lock_timeout = '2s'")
            try long.script("begin; insert into public.a default values")
            let conninfo = tree[1].conninfo
            let done = DispatchSemaphore(value: 0)
            Thread {
                let report = try? Installation.install(
                    Connection(conninfo), number: 1, lockTimeoutMilliseconds: 100)
                #expect(report?.attached.count == 3)
                done.signal()
            }.start()
            var hasWaited = false
            for _ in 0..<500 where !hasWaited {
                usleep(10_000)
                hasWaited = try tree[1].psql(Self.waiting) != "0\n"
            }
            #expect(hasWaited)
            for _ in 0..<5 {
                try application.execute("insert into public.a default values")
            }
            try long.script("commit")
            done.wait()
            #expect(try tree[1].psql("select count(*) from a") == "7\n")
        }
    }

    /// How many sessions wait for the lock that installing takes.
    private static let waiting = """
        select count(*)
        from pg_locks
        where not granted
            and relation = 'a'::regclass
            and mode = 'ShareRowExclusiveLock'
        """

    /// How the capture of a table can be broken, and what verify calls it.
    static let damages = [
        ("drop trigger replication_insert on note", "missing"),
        ("alter table note disable trigger replication_insert", "disabled"),
        ("alter table note enable replica trigger replication_insert", "disabled"),
        (
            """
            create or replace trigger replication_insert after insert on note
            for each statement execute function nothing()
            """, "calling another function"
        ),
        (
            """
            do $$ begin execute format('create or replace function replication.%I()'
                ' returns trigger language plpgsql as ''begin return null; end''',
                (select 'insert_' || id from replication.relation where relid = 'note'::regclass));
            end $$
            """, "a capture function was replaced"
        ),
    ]

    /// What damages the capture past the event triggers that would mend it at once.
    @Test func brokenCaptureStopsTheSyncUntilItIsMended() throws {
        let schema =
            noteTable + """
                create function nothing() returns trigger language plpgsql
                as 'begin return null; end';
                """
        try withTree(2, schema: schema) { tree in
            try tree.syncUntilQuiet()
            for (number, (damage, word)) in Self.damages.enumerated() {
                try tree[1].psql("set session_replication_role = replica; \(damage)")
                try tree[1].psql("insert into note values (\(number), 'in no log')")
                let error = try refusal { try tree.sync((1, 2)) }
                #expect(error.message.contains("note"))
                #expect(error.message.contains(word))
                #expect(error.hint?.contains("trompe install") == true)
                #expect(error.exitStatus == 1)
                #expect(try tree[1].install().mended == ["public.note"])
                try tree.syncUntilQuiet()
                #expect(try tree[2].psql("select count(*) from note") == "\(number + 1)\n")
                #expect(try tree[1].contents() == tree[2].contents())
            }
        }
    }

    /// What a user does to a capture trigger is undone at once, so that no change escapes, and no
    /// other node hears of it.
    @Test func aDamagedCaptureTriggerIsMendedAtOnce() throws {
        let schema =
            noteTable + """
                create function nothing() returns trigger language plpgsql
                as 'begin return null; end';
                """
        try withTree(2, schema: schema) { tree in
            try tree.syncUntilQuiet()
            let others = [
                "alter table note disable trigger all", "alter table note enable trigger all",
            ]
            for (number, damage) in (Self.damages.dropLast().map(\.0) + others).enumerated() {
                try tree[1].psql(damage)
                try tree[1].psql("insert into note values (\(number), 'in the log')")
                #expect(try tree[1].broken() == "", "\(damage)")
                let report = try tree.sync((1, 2))
                #expect(report.mended == [], "\(damage)")
                let travelled = report.directions[0].schemaChanges
                #expect(travelled == (others.contains(damage) ? [damage] : []), "\(damage)")
                #expect(try tree[2].psql("select count(*) from note") == "\(number + 1)\n")
                #expect(try tree[2].broken() == "", "\(damage)")
            }
        }
    }

    @Test func impossibleNumbersAreRefusedBeforeAnythingChanges() throws {
        try withTree(1, installing: false) { tree in
            for (number, modulus) in [
                (0, 100), (-1, 100), (101, 100), (1, 1), (1, 32_768), (3_000_000_000, 100),
            ] {
                let error = try refusal { try tree[1].install(number: number, modulus: modulus) }
                #expect(error == .badNumber(node: number, modulus: modulus))
                #expect(error.hint?.contains("32767") == true)
                #expect(try tree[1].psql("select to_regnamespace('replication')") == "\\N\n")
            }
        }
    }

    @Test func anotherNumberOrModulusIsRefused() throws {
        try withTree(1, installing: false) { tree in
            try tree[1].install(number: 7, modulus: 20)
            for (number, modulus) in [(8, 20), (8, nil), (7, 30)] {
                let error = try refusal { try tree[1].install(number: number, modulus: modulus) }
                #expect(error.message.contains("node 7 with the modulus 20"))
                #expect(error.hint?.contains("trompe uninstall") == true)
            }
            #expect(try tree[1].install(number: 7, modulus: 20).node.number == 7)
            #expect(try tree[1].install(number: 7).node.modulus == 20)
        }
    }
}
