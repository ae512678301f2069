import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// `trompe conflicts` as a user runs it.
@Suite struct ConflictsCommandTests {
    private let schema = """
        create table singer (id int primary key, name text);
        create table concert (id int primary key, name text);
        create table part (id int primary key);
        """

    private func withConflicts(_ body: (TestTree) throws -> Void) throws {
        try withTree(2, schema: schema) { tree in
            try tree.syncUntilQuiet()
            for table in ["singer", "concert"] {
                try tree[1].psql("insert into \(table) values (1, 'of A')")
                try tree[2].psql("insert into \(table) values (1, 'of B')")
                try tree.syncUntilQuiet()
            }
            try body(tree)
        }
    }

    @Test func listAndItsFilters() throws {
        try withConflicts { tree in
            func ids(_ arguments: String...) throws -> [String] {
                let run = try Program.run(
                    list: ["conflicts", "a", "list", "--json"] + arguments, services: tree.services)
                #expect(run.status == 0 && run.errors == "")
                let found = try #require(try run.json as? [[String: Any]])
                return found.compactMap { $0["table"] as? String }
            }
            #expect(try ids() == ["public.concert", "public.singer"])
            #expect(try ids("--limit", "1") == ["public.concert"])
            #expect(try ids("--table", "singer") == ["public.singer"])
            #expect(try ids("--table", "public.singer") == ["public.singer"])
            #expect(try ids("--table", "part") == [])
            #expect(try ids("--since", "yesterday").count == 2)
            #expect(try ids("--since", "tomorrow") == [])
            for name in ["inger", "nosuch", "public", "other.singer", "sing_r", "%"] {
                let unknown = try Program.run(
                    "conflicts", "a", "--table", name, services: tree.services)
                #expect(unknown.status == 1 && unknown.output == "")
                #expect(
                    unknown.errors.hasPrefix(
                        "trompe: a: table \(name) is not replicated\nhint: name a table"))
            }
            // The history knows what was replicated once.
            try tree[1].psql("drop table concert")
            #expect(try ids("--table", "concert") == ["public.concert"])
            #expect(try ids("--table", "concert", "--since", "tomorrow") == [])
            let wrong = try Program.run(
                "conflicts", "a", "--since", "soon", services: tree.services)
            #expect(wrong.status == 1)
            #expect(wrong.errors.hasPrefix("trompe: a: \"soon\" is no time\nhint: "))
        }
    }

    @Test func restoreShowsTheDifferenceAndWantsForce() throws {
        try withConflicts { tree in
            let listed = try Program.run("conflicts", "b", services: tree.services).output
            let line = try #require(
                listed.split(separator: "\n").first { $0.contains("public.singer") })
            let id = String(line.prefix(8))
            func restore(_ arguments: String...) throws -> Program.Run {
                try Program.run(
                    list: ["conflicts", "b", "restore", id] + arguments, services: tree.services)
            }
            try tree[2].psql("update singer set name = 'later'")
            let refused = try restore()
            #expect(refused.status == 1)
            #expect(
                refused.output
                    == "name: now \"later\", the conflict left \"of B\", the losing version"
                    + " has \"of A\"\n")
            #expect(
                refused.errors
                    == "trompe: b: the row of table public.singer is no longer as conflict"
                    + " \(id) left it\nhint: nothing was changed; to overwrite what is there now, run"
                    + " it again with --force\n")
            let json = try restore("--json")
            #expect(json.status == 1)
            let document = try #require(try json.json as? [String: Any])
            #expect(document["outcome"] as? String == "refused")
            #expect((document["differences"] as? [[String: Any]])?.count == 1)
            #expect(try tree[2].psql("select name from singer") == "later\n")

            let forced = try restore("--force")
            #expect(forced.status == 0 && forced.errors == "")
            #expect(
                forced.output.hasSuffix("public.singer {\"id\":1}: the losing version updated\n"))
            let again = try restore("--json")
            #expect(again.status == 0)
            #expect((try again.json as? [String: Any])?["outcome"] as? String == "unchanged")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select name from singer") == "of A\n")
            // Nothing new stands in the history.
            #expect(try Conflict.all(tree[1].connection).count == 2)
        }
    }

    /// The loser of a claim of two keys went back to what its key had on the other node.
    @Test func restoreOfOneOfTwoKeysSaysWhatStandsThere() throws {
        let schema = "create table singer (id int primary key, name text unique, phone text)"
        try withTree(2, schema: schema) { tree in
            try tree[1].psql("insert into singer values (1, 'Ada', '1')")
            try tree.syncUntilQuiet()
            try tree[1].psql("update singer set name = 'Cleo', phone = '2' where id = 1")
            try tree[2].psql("insert into singer values (2, 'Cleo', '3')")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("table singer") == "1|Ada|1\n2|Cleo|3\n")
            let id = String(try #require(try Conflict.all(tree[1].connection).first).id.prefix(8))
            func run(_ arguments: String...) throws -> Program.Run {
                try Program.run(list: ["conflicts", "a"] + arguments, services: tree.services)
            }
            let shown = try run("show", id).output
            #expect(shown.contains("claimed     singer_name_key, by rows of two keys\n"))
            let json = try #require(try run("show", id, "--json").json as? [[String: Any]])
            #expect(json.first?["claimed"] as? String == "singer_name_key")
            #expect(json.first?["winnerKey"] as? String == "{\"id\":2}")
            let refused = try run("restore", id)
            #expect(refused.status == 1)
            #expect(
                refused.output == """
                    name: now "Ada", the losing version has "Cleo"
                    phone: now "1", the losing version has "2"

                    """)
            #expect(
                refused.errors
                    == "trompe: a: conflict \(id) of table public.singer was between rows of two"
                    + " keys, and there is a row under the key that lost\nhint: nothing was changed;"
                    + " it is the row to which the key went back, or was written since; to overwrite"
                    + " it, run it again with --force\n")
            let inSQL = #expect(throws: Psql.Failure.self) {
                try tree[1].psql(
                    "select replication.restore(id) from replication.conflict where claimed <> ''")
            }
            #expect(
                inSQL?.description.contains("there is a row under the key that lost") == true
                    && inSQL?.description.contains("to which the key went back") == true)
            // Its value is still taken.
            let taken = try run("restore", id, "--force")
            #expect(taken.status == 1 && taken.errors.contains("\"singer_name_key\""))
            try tree[1].psql("update singer set name = 'Dora' where id = 2")
            #expect(try run("restore", id, "--force").status == 0)
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("table singer order by id") == "1|Cleo|2\n2|Dora|3\n")
        }
    }

    @Test func pruneSaysWhatWentAndWhatStays() throws {
        try withConflicts { tree in
            let nothing = try Program.run(
                "conflicts", "a", "prune", "--older-than", "30d", services: tree.services)
            #expect(nothing.status == 0 && nothing.output == "A: pruned 0 conflicts\n")
            try tree[1].psql("update singer set name = 'A'")
            try tree[2].psql("update singer set name = 'B'")
            var options = SyncOptions()
            options.isOneWay = true
            try tree.sync((1, 2), options)
            let some = try Program.run(
                "conflicts", "b", "prune", "--older-than", "0s", services: tree.services)
            #expect(
                some.output == "B: pruned 2 conflicts\n1 conflict as old stay until every neighbour"
                    + " has been told of them\n")
            let json = try Program.run(
                "conflicts", "b", "prune", "--older-than", "0s", "--json", services: tree.services)
            #expect(try json.json as? [String: Int] == ["kept": 1, "pruned": 0])
            let wrong = try Program.run(
                "conflicts", "b", "prune", "--older-than", "long", services: tree.services)
            #expect(wrong.status == 1)
            #expect(wrong.errors.contains("\"long\" is no age\nhint: give one such as 30d"))
        }
    }

    @Test func clocksThatDifferAreWarnedOf() throws {
        guard WrongClock.isPossible else { try Test.cancel("clocks cannot be set wrong here") }
        let clock = try WrongClock(ahead: 3_600)
        defer { try? clock.remove() }
        try withTree(1, installing: false) { tree in
            var services = tree.services
            services["far"] = try clock.server.createDatabase("far")
            for (name, number) in [("a", "1"), ("far", "2")] {
                let run = try Program.run("install", name, "--node", number, services: services)
                #expect(run.status == 0)
            }
            #expect(try Program.run("link", "a", "far", services: services).status == 0)
            let run = try Program.run("sync", "a", "far", "--json", services: services)
            #expect(run.status == 0)
            #expect(
                run.errors.contains("warning: the clock of far is 3600.")
                    || run.errors.contains("warning: the clock of far is 3599."), "\(run.errors)")
            #expect(run.errors.contains(" s) ahead of that of a: "))
            let edges = try #require((try run.json as? [String: Any])?["edges"] as? [[String: Any]])
            let skew = try #require(edges.first?["clockSkewSeconds"] as? Double)
            #expect(skew > 3_590 && skew < 3_610)
            let status = try Program.run("status", "far", services: services)
            #expect(status.output.contains(#/the clock of .* behind that of far\n/#))
            #expect(status.output.contains("warning: the clock of "))
        }
    }
}
