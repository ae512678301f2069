import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// `trompe explain`: where a row came from.
@Suite struct ExplainCommandTests {
    private let schema = """
        create table note (id int primary key, text text unique);
        create table pair (a int, b text, c text, primary key (a, b));
        """

    private func explain(_ tree: TestTree, _ words: String...) throws -> Program.Run {
        try Program.run(list: ["explain"] + words, services: tree.services)
    }

    @Test func aRowIsFollowedThroughChangesConflictsAndDeletion() throws {
        try withTree(3, schema: schema) { tree in
            try tree.syncUntilQuiet()
            try tree[3].psql("insert into note values (1, 'from C')")
            try tree.syncUntilQuiet()
            try tree[1].psql("update note set text = 'by A' where id = 1")
            try tree[2].psql("update note set text = 'by B' where id = 1")
            let before = try explain(tree, "b", "note", "1").output
            #expect(before.contains("\nversion     20") && before.contains("  updated on B (2)\n"))
            #expect(
                before.contains("neighbour   A (1) has still to be sent it, as far as is known"))
            #expect(before.contains("  inserted on C (3), came through C (3)\n"))
            try tree.sync((1, 2))
            let id = try tree[1].psql("select left(id::text, 8) from replication.conflict")
                .dropLast()
            let after = try explain(tree, "a", "public.note", "1").output
            #expect(after.hasPrefix("row         public.note id = 1, on A\n"))
            #expect(after.contains(#"now         {"id":1,"text":"by B"}"#))
            #expect(after.contains("  updated on B (2), came through B (2)\n"))
            #expect(after.contains("\nneighbour   B (2) has it: it came from there\n"))
            #expect(after.contains("    \(id)  20"))
            #expect(after.contains("  B (2) won over A (1) (newest), with the present version\n"))
            try tree.syncUntilQuiet()
            let sent = try explain(tree, "b", "note", "1").output
            #expect(sent.contains("neighbour   C (3) has been sent it\n"))
            try tree[2].psql("delete from note where id = 1")
            let deleted = try explain(tree, "b", "note", "1").output
            #expect(deleted.contains("now         deleted\n"))
            #expect(deleted.contains("  deleted on B (2)\n"))
            #expect(deleted.contains("conflicts   1 in the history"))
            let json = try explain(tree, "b", "note", "1", "--json").json as? [String: Any]
            #expect(json?["isThere"] as? Bool == false && json?["row"] == nil)
            #expect((json?["version"] as? [String: Any])?["action"] as? String == "D")
            let states = (json?["neighbours"] as? [[String: Any]])?.map { $0["state"] as? String }
            #expect(states == ["pending", "pending"])
            let none = try explain(tree, "b", "note", "77").output
            #expect(none.contains("now         not there: it never was, or its delete is older"))
            #expect(none.contains("version     not known: no log entry names the row\n"))
            #expect(none.contains("neighbour   A (1): nothing is on its way there\n"))
            #expect(none.contains("; no entry names the row\n"))
        }
    }

    /// What is not known any more is said to be so.
    @Test func whatTheLogHasForgottenIsNotMadeUp() throws {
        try withTree(2, schema: schema) { tree in
            try tree[1].psql("insert into note values (1, 'a')")
            try tree.syncUntilQuiet()
            #expect(try !explain(tree, "a", "note", "1").output.contains("removed is what"))
            // The entry is needed by nobody, and old.
            try tree[2].psql("update note set text = 'b' where id = 1")
            try tree.syncUntilQuiet()
            try tree[2].psql(
                "update replication.self set keep = '0', purged_at = null; select replication.purge()"
            )
            try tree[2].psql(
                "insert into replication.compaction select id, 0 from replication.relation")
            let run = try explain(tree, "b", "note", "1").output
            #expect(run.contains(#"now         {"id":1,"text":"b"}"#))
            #expect(run.contains("; removed is what all neighbours had and is older than 20"))
            #expect(run.contains("; of a row that changed often, the newest entries alone may be"))
            // A truncated table.
            try tree[1].psql("truncate note")
            let emptied = try explain(tree, "a", "note", "1").output
            #expect(emptied.contains("now         not there: its table was emptied\n"))
            #expect(emptied.contains("  emptied with its table (TRUNCATE) on A (1)\n"))
        }
    }

    @Test func aRowThatWaitsAndOneThatLostAValueAreTold() throws {
        try withTree(2, schema: schema) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psqlHere("alter table pair add constraint short check (length(c) < 4)")
            try tree[1].psql("insert into pair values (1, 'x', 'too long')")
            try tree[1].psql("insert into note values (1, 'v')")
            try tree[2].psql("insert into note values (2, 'v')")
            try tree.sync((1, 2))
            let waits = try explain(tree, "b", "pair", "b=x", "a=1").output
            #expect(waits.contains("row         public.pair a = 1, b = x, on B\n"))
            #expect(waits.contains("\nwaiting     since 20"))
            #expect(waits.contains("what A (1) has cannot be applied here: "))
            #expect(waits.contains(" (short)\n"))
            let lost = try explain(tree, "a", "note", "1").output
            #expect(lost.contains(#"; this row lost note_text_key to {"id":2}"#), "\(lost)")
            let won = try explain(tree, "a", "note", "2").output
            #expect(won.contains(#"; this row won note_text_key from {"id":1}"#), "\(won)")
        }
    }

    /// What a user can mistype, and what is said then.
    @Test func whatNamesNoRowIsRefusedWithAHint() throws {
        let other = "create schema other; create table other.pair (id int primary key)"
        try withTree(1, schema: schema + other) { tree in
            let cases: [([String], String)] = [
                (
                    ["noet", "1"],
                    "a: table noet is not replicated\nhint: did you mean public.note?"
                ),
                (
                    ["nothing_like_it", "1"],
                    "nothing_like_it is not replicated\nhint: name a table"
                ),
                (
                    ["note", "x"],
                    "that is no key of table public.note: invalid input syntax for type"
                ),
                (["note", "x"], "hint: give a value of id (integer)\n"),
                (["note", "1", "2"], "public.note: it has one column\n"),
                (["pair", "1"], #"public.pair: "1" is no name=value of its columns"#),
                (["pair", "a=1"], "public.pair: it has no value for b\n"),
                (
                    ["pair", "a=1"],
                    "hint: give a value of each of a (integer), b (text), as in a=VALUE"
                ),
                (["pair", "a=1", "a=2", "b=x"], "it has two values for a\n"),
                (["pair", "a=1", "b=x", "c=y"], #""c=y" is no name=value"#),
                (["pair", #"{"a":1,"d":2}"#], "it has no column d\n"),
                (["pair", #"{"a":1,"b":null}"#], "it has no value for b\n"),
                (["pair", #"{"a":1"#], "invalid input syntax for type json"),
                (["pair", #"{"a":"x","b":"y"}"#], "invalid input syntax for type integer"),
                (["pair", #"{"a":1,"a":2,"b":"x"}"#], "it has two values for a\n"),
            ]
            for (words, said) in cases {
                let run = try Program.run(list: ["explain", "a"] + words, services: tree.services)
                #expect(run.status == 1 && run.output == "", "\(words)")
                #expect(run.errors.contains(said), "\(words): \(run.errors)")
            }
            #expect(try Program.run("explain", "a", "note").status == 64)
            let right: [[String]] = [
                ["pair", "a=1", "b=x"], ["PAIR", "b=x", "a=1"],
                ["public.pair", #"{"b":"x","a":1}"#],
                ["other.pair", "1"], ["other.pair", "id=1"], ["note", #"{"id":1}"#],
            ]
            for words in right {
                let run = try Program.run(list: ["explain", "a"] + words, services: tree.services)
                #expect(run.status == 0, "\(words): \(run.errors)")
            }
        }
    }

    /// A table of its own, a row in it, and its key in two forms.
    private typealias Kind = (
        table: String, columns: String, insert: String, key: [String], json: String
    )

    /// Keys of many types, in odd tables, as the settings of a database and a user's psql show them.
    @Test func everyKindOfKeyIsFound() throws {
        let kinds: [Kind] = [
            (
                "t_text", "id text primary key", "'a ''b'' \"c\" {d}'", ["a 'b' \"c\" {d}"],
                #"{"id":"a 'b' \"c\" {d}"}"#
            ),
            ("t_equals", "id text primary key", "'id=5'", ["id=id=5"], #"{"id":"id=5"}"#),
            (
                "t_json", "id jsonb primary key", #"'{"id": 1}'"#, [#"{"id":{"id":1}}"#],
                #"{"id":{"id":1}}"#
            ),
            ("t_citext", "id citext primary key", "'Bob'", ["BOB"], #"{"id":"bob"}"#),
            (
                "t_numeric", "id numeric primary key", "12345678901234567890.10",
                ["12345678901234567890.1"],
                #"{"id":12345678901234567890.10}"#
            ),
            (
                "t_date", "id date primary key", "'2026-02-01'", ["2026-02-01"],
                #"{"id":"2026-02-01"}"#
            ),
            (
                "t_time", "id timestamptz primary key", "'2026-02-01 12:00+02'",
                ["2026-02-01 10:00:00+00"],
                #"{"id":"2026-02-01T10:00:00+00:00"}"#
            ),
            ("t_interval", "id interval primary key", "'1 day'", ["24:00:00"], #"{"id":"1 day"}"#),
            ("t_array", "id int[] primary key", "'{1,2}'", ["{1,2}"], #"{"id":[1,2]}"#),
            ("t_range", "id int4range primary key", "'[1,5)'", ["[1,4]"], #"{"id":"[1,5)"}"#),
            ("t_bytea", "id bytea primary key", #"'\x00ff'"#, [#"\x00ff"#], #"{"id":"\\x00ff"}"#),
            (
                "t_uuid", "id uuid primary key", "'5972d5f1-c112-4941-b993-6690f001064a'",
                ["5972D5F1-C112-4941-B993-6690F001064A"],
                #"{"id":"5972d5f1-c112-4941-b993-6690f001064a"}"#
            ),
            ("t_char", "id char(5) primary key", "'ab'", ["ab"], #"{"id":"ab"}"#),
            ("t_domain", "id positive primary key", "7", ["7"], #"{"id":7}"#),
            ("t_enum", "id mood primary key", "'sad'", ["sad"], #"{"id":"sad"}"#),
            ("t_float", "id float8 primary key", "0.1", ["1e-1"], #"{"id":0.1}"#),
            (
                "Odd \"Table\"",
                #""a=b" int, "a" text, "x y" bool, primary key ("x y", "a=b", "a")"#,
                "1, 'v', true", ["a=b=1", "x y=yes", "a=v"], #"{"a":"v","a=b":1,"x y":true}"#
            ),
            (
                "parted", "id int, part int, primary key (id, part)", "1, 2", ["id=1", "part=2"],
                #"{"id":1,"part":2}"#
            ),
        ]
        let tables = kinds.map { kind in
            "create table \(quoteIdentifier(kind.table)) (\(kind.columns))"
                + (kind.table == "parted" ? " partition by list (part);" : ";")
        }
        let schema = """
            create extension citext;
            create domain positive as int check (value > 0);
            create type mood as enum ('sad', 'glad');
            \(tables.joined(separator: "\n"))
            create table parted_2 partition of parted default;
            """
        try withTree(1, schema: schema) { tree in
            try tree[1].psql("alter database \"\(tree[1].database)\" set DateStyle = 'German'")
            try tree[1].psql(
                "alter database \"\(tree[1].database)\" set IntervalStyle = 'iso_8601'")
            for kind in kinds {
                try tree[1].psql(
                    "insert into \(quoteIdentifier(kind.table)) values (\(kind.insert))")
                for key in [kind.key, [kind.json]] {
                    let run = try Program.run(
                        list: ["explain", "a", kind.table, "--json", "--"] + key,
                        services: tree.services)
                    let found = try #require(
                        try? run.json as? [String: Any], "\(key): \(run.errors)")
                    #expect(found["isThere"] as? Bool == true, "\(kind.table) \(key)")
                    #expect((found["entries"] as? [Any])?.count == 1, "\(kind.table) \(key)")
                }
            }
            let part = try explain(tree, "a", "parted_2", "id=1", "part=2")
            #expect(part.output.hasPrefix("row         public.parted id = 1, part = 2, on A\n"))
        }
    }

    /// A conflict and a waiting row are found by every spelling of a key.
    @Test func spellingsOfOneKeyAreOne() throws {
        let schema = "create extension citext; create table name (id citext primary key, v text)"
        try withTree(2, schema: schema) { tree in
            try tree[1].psql("insert into name values ('Bob', 'x')")
            try tree.syncUntilQuiet()
            try tree[1].psql("update name set v = 'a'")
            try tree[2].psql("update name set v = 'b'")
            try tree.syncUntilQuiet()
            for key in ["Bob", "BOB"] {
                let run = try explain(tree, "a", "name", key)
                #expect(run.output.contains("conflicts   1 in the history"), "\(run.output)")
            }
        }
    }
}
