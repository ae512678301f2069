import Foundation
import Postgres
import TestSupport
import Testing

/// `trompe clone` as a user types it.
@Suite struct CloneCommandTests {
    @Test func aNodeIsMadeAndFoundByItsService() throws {
        try withTree(
            2, schema: "create table note (id serial primary key, text text);", installing: false
        ) {
            tree in
            // An empty database: what was made in it goes.
            try tree[2].psql("drop table note")
            let services = tree.services
            let run = { (arguments: [String]) in
                try Program.run(
                    list: arguments + ["--bindir", Servers.programs(of: 2)], services: services)
            }
            _ = try Program.run("install", "a", "--node", "1", "--name", "A", services: services)
            try tree[1].psql("insert into note (text) values ('one')")
            let made = try run(["clone", "a", "b", "--node", "7"])
            #expect(made.status == 0, "\(made.errors)")
            let lines = made.output.split(separator: "\n")
            #expect(lines.first?.hasPrefix("b is node 7, a clone of a: ") == true)
            #expect(lines.dropFirst() == ["A -> b: nothing new", "b -> A: nothing new"])
            #expect(made.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("warning: ") })
            try tree[2].psql("insert into note (text) values ('two')")
            // Both know each other by their services.
            for name in ["a", "b"] {
                #expect(try Program.run("sync", name, services: services).status == 0)
            }
            #expect(try tree[1].psql("select id, text from note order by 1") == "1|one\n7|two\n")
            let again = try run(["clone", "a", "b", "--node", "7"])
            #expect(again.status == 1)
            #expect(
                again.errors == """
                    trompe: a: cannot be cloned: the number 7 is taken by b
                    hint: nothing was changed; give another one with --node

                    """)
            #expect(try run(["clone", "a", "b", "--node", "8", "--jobs", "0"]).status == 64)
            #expect(try run(["clone", "a", "b"]).status == 64)
        }
    }

    /// Its number is taken, and no sync looks for it, until it is a node or is given up.
    @Test func oneThatIsBegunIsNoNeighbourYet() throws {
        try withTree(2, schema: "", installing: false) { tree in
            let services = tree.services
            _ = try Program.run("install", "a", "--node", "1", services: services)
            let begun = try Program.run(
                "clone", "a", "b", "--node", "7", "--bindir", "/nonexistent", services: services)
            #expect(begun.status == 1 && begun.errors.contains("--bindir"))
            try tree[1].psql(
                "select replication.begin_clone(7, 'b', gen_random_uuid(), 'b')")
            let sync = try Program.run("sync", "a", services: services)
            #expect(sync.status == 1 && sync.errors.contains("has no neighbours"))
            #expect(
                try Program.run("unlink", "a", "--node", "7", services: services).status == 0)
            #expect(try tree[1].psql("select number from replication.member") == "1\n")
        }
    }
}
