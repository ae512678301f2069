import Postgres
import Replication
import TestSupport
import Testing

/// `trompe rejoin` as a person runs it.
@Suite struct RejoinCommandTests {
    private let schema = "create table note (id serial primary key, text text);"

    @Test func aCopyAndARestoredNode() throws {
        try withTree(3, schema: schema, installing: false) { tree in
            var services = tree.services
            func run(_ arguments: String...) throws -> Program.Run {
                try Program.run(list: arguments, services: services)
            }
            for (number, name) in zip(1..., ["a", "b", "c"]) {
                #expect(try run("install", name, "--node", "\(number)", "--name", name).status == 0)
            }
            for other in ["b", "c"] {
                #expect(try run("link", "a", other).status == 0)
            }
            try tree[1].psql("insert into note (text) values ('x')")
            #expect(try run("sync", "a").status == 0)
            let idle = try run("rejoin", "a", "b")
            #expect(idle.status == 0)
            #expect(idle.errors.contains("a and b remember the same; they were only synced\n"))

            let server = try Servers.server(of: 1)
            tree[1].connection.close()
            let name = tree[1].database + "_copy"
            services["copy"] = try server.createDatabase(name, template: tree[1].database)
            defer {
                try? Connection(server.conninfo()).script(
                    "drop database \(quoteIdentifier(name)) with (force)")
            }
            let refused = try run("sync", "copy", "b")
            #expect(refused.status == 1)
            #expect(
                refused.errors.contains("trompe rejoin copy b; if that one lives on, add --node"))
            let twice = try run("rejoin", "copy", "b")
            #expect(twice.status == 1)
            #expect(
                twice.errors.contains(
                    "copy: cannot take back the node number 1: the database that it was copied from"
                        + " is on this server still\nhint: nothing was changed; give it a number"))
            #expect(try run("rejoin", "copy", "b", "--node", "2").status == 1)
            #expect(try run("rejoin", "copy", "b", "--node", "101").status == 1)
            let copied = try run("rejoin", "copy", "b", "--node", "7", "--name", "copy")
            #expect(copied.status == 0, "\(copied.errors)")
            #expect(copied.output.hasPrefix("copy has come back\ncopy -> b: "))

            let dump = try tree[1].dump()
            try Connection(server.conninfo()).script(
                "drop database \(quoteIdentifier(tree[1].database)) with (force)")
            try server.createDatabase(tree[1].database)
            try tree[1].psql(dump)
            let unreachable = services.merging(["c": "host=/nonexistent dbname=x"]) { $1 }
            let back = try Program.run("rejoin", "a", "b", services: unreachable)
            #expect(back.status == 0, "\(back.errors)")
            #expect(back.output.hasPrefix("a has come back\na -> b: "))
            #expect(
                back.errors.contains(
                    "warning: c cannot be asked which numbers it has of a: insert nothing here until"
                        + " it is rejoined\n"))
            #expect(back.errors.contains("still to do: trompe rejoin a with its neighbour c\n"))
            let waiting = try run("sync", "a", "c")
            #expect(waiting.status == 1)
            #expect(waiting.errors.contains("hint: nothing was changed; run: trompe rejoin a c\n"))
            // What it brings cannot be applied at c, and waits for a person, as after any sync.
            try tree[3].psqlHere("alter table note add constraint short check (length(text) < 5)")
            try tree[1].psql("insert into note (text) values ('too long')")
            #expect(try run("rejoin", "c", "a").status == 2)
            try tree[3].psqlHere("alter table note drop constraint short")
            #expect(try run("sync", "a").status == 0)
        }
    }
}
