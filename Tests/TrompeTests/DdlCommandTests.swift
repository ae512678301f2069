import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// `trompe ddl`, and what sync and status say of changes of schema.
@Suite struct DdlCommandTests {
    private func withNodes(
        _ body: (TestTree, ([String]) throws -> Program.Run) throws -> Void
    ) throws {
        try withTree(2, schema: "create table note (id int primary key, text text);") { tree in
            let services = tree.services
            let run = { try Program.run(list: $0, services: services) }
            #expect(try run(["sync", "a", "b"]).status == 0)
            try body(tree, run)
        }
    }

    @Test func aChangeIsMadeListedAndSynced() throws {
        try withNodes { tree, run in
            #expect(try run(["ddl", "a"]).output == "no changes of schema\n")
            let made = try run([
                "ddl", "a",
                "alter table public.note add more int; create index concurrently on public.note (more)",
            ])
            #expect(made.status == 0)
            #expect(made.output.hasPrefix("a: 2 statements carried out"))
            let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: file) }
            try "create view public.v as select id from public.note;".write(
                to: file, atomically: true, encoding: .utf8)
            #expect(try run(["ddl", "a", "--file", file.path]).status == 0)
            let status = try run(["status", "a"])
            #expect(status.output.contains("3 changes of schema pending"))
            let list = try #require(try run(["ddl", "a", "--json"]).json as? [[String: Any]])
            #expect(
                list.map { $0["tag"] as? String } == ["ALTER TABLE", "CREATE INDEX", "CREATE VIEW"])
            let dry = try run(["sync", "a", "b", "--dry-run"])
            #expect(dry.output.contains(" -> ") && dry.output.contains("schema: alter table"))
            #expect(try tree[2].psql("select to_regclass('v')") == "\\N\n")
            let sync = try run(["sync", "a", "b"])
            #expect(sync.status == 0)
            #expect(
                sync.output.contains(": schema: create view public.v as select id from public.note")
            )
            #expect(try tree[1].schema() == tree[2].schema())
        }
    }

    @Test func whatCannotBeCarriedOutIsSkipped() throws {
        try withNodes { tree, run in
            try tree[2].psqlHere("create view mine as select text from note")
            try tree[1].psql("alter table note drop column text")
            let failed = try run(["sync", "a", "b"])
            #expect(failed.status == 1)
            #expect(failed.errors.contains("alter table note drop column text"))
            let id = try #require(failed.errors.firstMatch(of: #/--skip ([0-9a-f-]{36})/#)).1
            #expect(try run(["ddl", "b", "--skip", String(id)]).status == 0)
            let again = try run(["ddl", "b", "--skip", String(id)])
            #expect(again.status == 1 && again.errors.contains("already"))
            let tolerated = try run(["sync", "a", "b"])
            #expect(tolerated.status == 0)
            #expect(tolerated.errors.contains("column text is on"))
        }
    }

    @Test func wrongInputChangesNothing() throws {
        try withNodes { tree, run in
            for arguments in [
                ["ddl", "a", "--skip", "x"], ["ddl", "a", ""],
                ["ddl", "a", "select 1", "--file", "x"],
                ["ddl", "a", "--file", "/nonexistent"],
            ] {
                #expect(try run(arguments).status == 64, "\(arguments)")
            }
            let rows = try run(["ddl", "a", "create table t (); insert into note values (1)"])
            #expect(rows.status == 1)
            #expect(rows.errors.contains("hint: Send it by itself"))
            #expect(try tree[1].psql("select to_regclass('t'), count(*) from note") == "\\N|0\n")
        }
    }
}
