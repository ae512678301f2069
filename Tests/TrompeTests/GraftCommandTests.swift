import Postgres
import Replication
import TestSupport
import Testing

/// `trompe graft` as a person runs it.
@Suite struct GraftCommandTests {
    private let schema = "create table note (id int primary key, text text)"

    @Test func itsNodeIsGoneForGood() throws {
        try withTree(4, schema: schema, linking: false) { tree in
            var services = tree.services
            func run(_ arguments: String...) throws -> Program.Run {
                try Program.run(list: arguments, services: services)
            }
            for (one, two) in [("a", "b"), ("b", "c"), ("b", "d")] {
                #expect(try run("link", one, two).status == 0)
            }
            for number in [1, 3, 1] {
                let count = "(select count(*) from note)"
                try tree[number].psql("insert into note select \(count) * 3 + \(number), 'x'")
                #expect(try run("sync", "b").status == 0)
                #expect(try run("sync", "b").status == 0)
            }
            try tree[1].psql("insert into note values (101, 'a')")
            let alive = try run("graft", "a", "c")
            #expect(alive.status == 1)
            #expect(
                alive.errors.contains("trompe: b is alive") && alive.errors.contains("--dead"),
                "\(alive.errors)")
            services["b"] = "host=/nonexistent dbname=x"
            let dry = try run("graft", "a", "c", "--dry-run")
            #expect(dry.output == "a and c can be joined in the place of B by their logs\n")
            let none = try run("graft", "a", "c", "--lock-timeout", "0")
            #expect(none.status == 64)
            let done = try run("graft", "a", "c")
            #expect(done.status == 0, "\(done.errors)")
            #expect(
                done.output.hasPrefix(
                    "a and c are neighbours in the place of B\nA -> C: moved 1 row in "),
                "\(done.output)")
            let again = try run("graft", "a", "c")
            #expect(again.status == 1 && again.errors.contains("hint: bring them level with:"))
            #expect(try run("sync", "a").status == 0)
            #expect(try tree[1].contents() == tree[3].contents())

            try tree[4].psql("insert into note values (104, 'd')")
            let third = try run("graft", "d", "c")
            #expect(third.status == 1 && third.errors.contains("trompe graft d c --merge"))
            #expect(try run("sync", "d", "b").status == 75)
            let joined = try run("graft", "d", "c", "--merge")
            #expect(joined.status == 0, "\(joined.errors)")
            #expect(joined.output.hasPrefix("d and c are neighbours in the place of B\n"))
            #expect(try run("sync", "c").status == 0)
            #expect(try tree[1].contents() == tree[4].contents())
            #expect(try tree[4].contents().contains("104"))
        }
    }
}
