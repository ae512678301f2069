import Foundation
import Replication
import TestSupport
import Testing

/// What a user sees of rows that wait.
@Suite struct WaitingCommandTests {
    @Test func aRowThatWaitsEndsASyncWithStatusTwoAndIsNamed() throws {
        let schema = """
            create table note (id int primary key, text text);
            create table other (id int primary key);
            """
        try withTree(2, schema: schema) { tree in
            try tree.syncUntilQuiet()
            func run(_ arguments: String...) throws -> Program.Run {
                try Program.run(list: arguments, services: tree.services)
            }
            #expect(try run("conflicts", "b", "waiting").output == "no rows wait\n")
            try tree[2].psqlHere("alter table note add constraint short check (length(text) < 4)")
            try tree[1].psql("insert into note values (1, 'one'), (2, 'too long')")
            let sync = try run("sync", "a", "b")
            #expect(sync.status == 2)
            #expect(
                sync.output.contains("public.note: 1 row cannot be applied and waits; see: trompe"))
            #expect(sync.output.contains("public.note: 1 inserted"))
            let again = try run("sync", "a", "b", "--json")
            #expect(again.status == 2)
            let edges = try #require(try again.json as? [String: Any])["edges"] as? [[String: Any]]
            let directions = edges?.first?["directions"] as? [[String: Any]]
            #expect(directions?.map { $0["waiting"] as? Int } == [1, 0])
            for command in [["status", "b"], ["conflicts", "b"], ["conflicts", "b", "waiting"]] {
                let shown = try Program.run(list: command, services: tree.services)
                #expect(shown.status == 0)
                #expect(
                    shown.output.contains(#"waiting: public.note { "id" : "2" } of node 1 since"#))
                #expect(shown.output.contains("(short)"))
            }
            for (table, isListed) in [("note", true), ("public.note", true), ("other", false)] {
                let shown = try run("conflicts", "b", "--table", table).output
                #expect(shown.contains("waiting: ") == isListed, "\(table)")
            }
            let list = try run("conflicts", "b", "waiting", "--json").json as? [[String: Any]]
            #expect(list?.map { $0["constraint"] as? String } == ["short"])
            try tree[1].psql("update note set text = 'fit' where id = 2")
            let last = try run("sync", "a", "b")
            #expect(last.status == 0)
            #expect(try tree[2].psql("select text from note where id = 2") == "fit\n")
        }
    }
}
