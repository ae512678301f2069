import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Versions of the schema: one that was installed by an older program is brought up to this one.
@Suite struct UpgradeTests {
    /// A dump of a node with the schema's version 1 (see script/dump-schema).
    var fixture: URL { Scenario.fixtures.appending(path: "schema/1.sql") }

    /// The tables in it.
    private static let tables = """
        create table note (id serial primary key, text text);
        create table person (id int primary key, name text);
        create table employee (primary key (id)) inherits (person);
        create table place (id bigint generated always as identity, part text,
            primary key (id, part)) partition by list (part);
        create table place_a partition of place for values in ('a');
        create table place_other partition of place default;
        create table no_key (a int);
        """

    @Test func anInstalledVersionOneCanBeUpgraded() throws {
        try withTree(1, installing: false) { tree in
            try tree[1].psql(String(contentsOf: fixture, encoding: .utf8))
            #expect(try Installation.upgrade(tree[1].connection) == 1)
            #expect(try tree[1].broken() == "")
            let before = try tree[1].psql("select count(*) from replication.log")
            #expect(Int(before.trimmingCharacters(in: .newlines)) ?? 0 > 0)
            try tree[1].psql(
                """
                insert into note (text) values ('after');
                update person set name = 'after';
                delete from place where id = 1;
                truncate note;
                """)
            let grown = try tree[1].psql("select count(*) - \(before) from replication.log")
            #expect(grown == "5\n")
            let status = try tree[1].status()
            #expect(status.neighbours.map(\.name) == ["B"])
            #expect(status.warnings.contains { $0.contains("restored from a dump") })
            try Installation.uninstall(tree[1].connection, isForced: true)
            let number = try tree[1].psql(
                "select seqincrement from pg_sequence where seqrelid = 'note_id_seq'::regclass")
            #expect(number == "1\n")
        }
    }

    /// What an upgrade leaves is what an installation makes, but for a column that nobody reads.
    @Test func anUpgradedSchemaIsLikeANewOne() throws {
        try withTree(2, installing: false) { tree in
            try tree[1].psql(String(contentsOf: fixture, encoding: .utf8))
            _ = try Installation.upgrade(tree[1].connection)
            try tree[2].install()
            let shapes = try tree.nodes.map { node in
                try node.psql(
                    """
                    select format('%s.%s %s %s', c.relname, a.attname,
                        format_type(a.atttypid, a.atttypmod), a.attnotnull)
                    from pg_class as c
                        join pg_attribute as a on a.attrelid = c.oid
                    where c.relnamespace = 'replication'::regnamespace
                        and c.relkind in ('r', 'v', 'S')
                        and c.relname !~ '^log_\\d+$'
                        and a.attnum > 0
                        and not a.attisdropped
                        and (c.relname, a.attname) <> ('self', 'clock_offset')
                    union all
                    select format('%s on %s: %s', x.conname, x.conrelid::regclass,
                        pg_get_constraintdef(x.oid))
                    from pg_constraint as x
                    where x.connamespace = 'replication'::regnamespace
                        and x.contype <> 'n'
                        and x.conrelid::regclass::text !~ 'log_\\d+$'
                    union all
                    select format('%s %s', p.oid::regprocedure, md5(p.prosrc))
                    from pg_proc as p
                    where p.pronamespace = 'replication'::regnamespace
                        and p.prorettype <> 'trigger'::regtype
                        and p.prosqlbody is null
                    order by 1
                    """)
            }
            #expect(shapes[0] == shapes[1])
        }
    }

    /// The policy columns needs more of a table's log than version 1 made.
    @Test func anUpgradedNodeTakesThePolicyColumns() throws {
        try withTree(2, installing: false) { tree in
            try tree[1].psql(String(contentsOf: fixture, encoding: .utf8))
            _ = try Installation.upgrade(tree[1].connection)
            try tree[2].psql(Self.tables)
            try tree[2].install(number: 3)
            // What came out of a dump comes back into a tree first.
            var options = Rejoin.Options()
            options.replaces = true
            _ = try Rejoin.run(tree[1].connection, tree[2].connection, options)
            for table in ["note", "place"] {
                try setPolicy(tree[1].connection, table: table, policy: "columns", argument: nil)
            }
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.broken() == "")
                #expect(
                    try node.psql("select count(*) from replication.relation where by_columns")
                        == "2\n")
                try node.psql("alter table note add extra text")
            }
            let id = try tree[1].psql("select min(id) from note").dropLast()
            try tree[1].psql("update note set text = 'of A' where id = \(id)")
            try tree[2].psql("update note set extra = 'of C' where id = \(id)")
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(
                try tree[2].psql("select text, extra from note where id = \(id)")
                    == "of A|of C\n")
        }
    }

    @Test func anUpgradeOfTheSameVersionChangesNothing() throws {
        try withTree(1, schema: noteTable) { tree in
            let before = try tree[1].dump()
            #expect(try Installation.upgrade(tree[1].connection) == Schema.version)
            #expect(try tree[1].dump() == before)
        }
    }

    @Test func otherVersionsAreRefusedWithWhatToDo() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree[2].psql("insert into replication.version values (999)")
            for attempt in [
                { _ = try tree.sync((1, 2)) }, { _ = try tree[2].install() },
                { _ = try Installation.upgrade(tree[2].connection) }, { _ = try tree[2].status() },
            ] {
                let error = try refusal(attempt)
                #expect(error == .schemaNewer(database: "B", version: 999))
                #expect(error.hint == "use a newer trompe")
            }
        }
    }

    @Test func anOlderVersionOffersTheUpgrade() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree[2].psql("update replication.version set number = 0")
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(error == .schemaOlder(database: "B", version: 0))
            #expect(error.hint == "run: trompe upgrade B")
            #expect(try Installation.upgrade(tree[2].connection) == 0)
            try tree[1].psql("insert into note values (1, 'x')")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("table note") == "1|x\n")
        }
    }

    /// No test: writes the fixture, when script/dump-schema asks for it.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["TROMPE_DUMP_SCHEMA"] != nil))
    func dumpSchema() throws {
        try withTree(2, schema: Self.tables) { tree in
            try tree[1].psql(
                """
                insert into note (text) values ('one'), ('two');
                insert into person values (1, 'first');
                insert into employee values (2, 'second');
                insert into place (part) values ('b');
                insert into place overriding system value values (1, 'a');
                """)
            try tree.syncUntilQuiet()
            try tree[2].psql("update note set text = 'of B'")
            try tree[1].psql("update note set text = 'of A'; delete from person where id = 1")
            try tree.syncUntilQuiet()
            try tree[1].psql("insert into note (text) values ('not sent yet')")
            let dump = try tree[1].dump("--no-owner")
            let path = ProcessInfo.processInfo.environment["TROMPE_DUMP_SCHEMA"] ?? ""
            try dump.write(toFile: path, atomically: true, encoding: .utf8)
        }
    }
}
