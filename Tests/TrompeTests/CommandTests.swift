import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// The other commands, and everything that goes wrong before anything changes.
@Suite struct CommandTests {
    private let schema = "create table note (id int primary key, text text);"

    @Test func aWholeLife() throws {
        try withTree(2, schema: schema + "create table no_key (a int);", installing: false) {
            tree in
            let services = tree.services
            func run(_ arguments: [String]) throws -> Program.Run {
                try Program.run(list: arguments, services: services)
            }
            let first = try run(["install", "a", "--node", "1"])
            #expect(first.status == 0)
            #expect(first.output.hasSuffix(" is node 1 of at most 100; 1 table replicated\n"))
            #expect(first.errors.hasPrefix("not replicated: public.no_key: it has no key"))
            #expect(try run(["install", "b", "--node", "2"]).status == 0)
            let link = try run(["link", "a", "b"])
            #expect(link.status == 0)
            #expect(
                link.output == "a and b are neighbours; bring them level with: trompe sync a b\n")
            try tree[1].psql("insert into note values (1, 'x')")
            #expect(try run(["sync", "a", "b"]).status == 0)
            let status = try run(["status", "a", "b", "--json"])
            let nodes = try #require(try status.json as? [[String: Any]])
            #expect(nodes.map { $0["number"] as? Int } == [1, 2])
            let neighbours = try #require(nodes[0]["neighbours"] as? [[String: Any]])
            #expect(neighbours[0]["service"] as? String == "b")
            #expect(neighbours[0]["pending"] as? Int == 0)
            let plain = try run(["status", "a"])
            #expect(plain.output.contains("│  ↓ 0 rows pending   ↑ "))
            #expect(plain.output.contains("not replicated: public.no_key"))
            #expect(plain.errors == "")
            let still = try run(["uninstall", "a"])
            #expect(still.status == 1)
            #expect(still.errors.contains("hint: unlink them first: trompe unlink"))
            let nobody = try run(["unlink", "a", "--node", "55"])
            #expect(nobody.status == 1)
            #expect(nobody.errors.contains("has no neighbour with the number 55\nhint: "))
            #expect(try run(["unlink", "a", "b"]).status == 0)
            #expect(try run(["unlink", "a", "b"]).status == 1)
            #expect(try run(["upgrade", "a"]).status == 0)
            #expect(try run(["uninstall", "a"]).status == 0)
            #expect(try run(["uninstall", "b", "--force"]).status == 0)
            #expect(try tree[1].psql("select to_regnamespace('replication')") == "\\N\n")
        }
    }

    /// Command lines that are wrong by themselves.
    static let usage: [[String]] = [
        ["syn"], ["sync"], ["rejoin", "a"], ["rejoin", "a", "b", "--node", "x"],
        ["sync", "a", "b", "c"], ["sync", "a", "--lock-timeout", "0"],
        ["install", "a"], ["install", "a", "--node", "one"], ["link", "a"], ["unlink", "a"],
        ["unlink", "a", "b", "--node", "3"], ["status"], ["conflicts", "a", "show"],
        ["conflicts", "a", "--limit", "0"], ["sync", "a", "b", "--wrong"],
        ["conflicts", "a", "restore"], ["conflicts", "a", "prune"],
        ["conflicts", "a", "list", "--force"], ["conflicts", "a", "show", "1", "--table", "note"],
        ["conflicts", "a", "prune", "1", "--older-than", "1d"],
    ]

    @Test(arguments: usage)
    func wrongCommandLinesEndWith64(arguments: [String]) throws {
        let run = try Program.run(list: arguments)
        #expect(run.status == 64, "\(run.errors)")
        #expect(run.output == "")
        #expect(run.errors.contains("Usage: ") || run.errors.contains("usage: "))
    }

    @Test func helpAndVersionAreResults() throws {
        let help = try Program.run("--help")
        #expect(help.status == 0 && help.errors == "")
        for command in ["install", "link", "sync", "status", "conflicts", "policy", "demo"] {
            #expect(help.output.contains("\n  \(command) "))
        }
        let version = try Program.run("--version")
        #expect(version.status == 0 && version.output.hasPrefix("trompe "))
    }

    /// Which DB is given as the other one, the status, and words of the message and the hint.
    @Test func whatIsWrongWithADatabaseIsSaidBeforeAnythingChanges() throws {
        try withTree(4, schema: schema, installing: false) { tree in
            for node in tree.nodes.prefix(2) {
                _ = try Installation.install(node.connection, number: node.number)
            }
            _ = try Installation.install(tree[4].connection, number: 1)
            var services = tree.services
            services["away"] = "host=/nonexistent dbname=x"
            services["refused"] = "host=127.0.0.1 port=1 dbname=x"
            services["none"] = tree[1].conninfo.replacing("_1'", with: "_nowhere'")
            let before = try tree.nodes.map { try $0.dump() }
            let cases: [(String, Int32, String)] = [
                ("unknown", 1, "hint: name a service of pg_service.conf"),
                ("away", 75, "hint: is the server running"),
                ("refused", 75, "hint: is the server running"),
                ("none", 1, "hint: create the database first"),
                ("a", 1, "a and a are the same database\nhint: "),
                ("b", 1, "a and b are not neighbours\nhint: make them neighbours: trompe link a b"),
                (
                    "c", 1,
                    "c: the schema \"replication\" is not installed here\nhint: run: trompe install c"
                ),
                ("d", 1, "a and d both have the node number 1\nhint: "),
                ("host=x bad", 1, "the connection string cannot be read"),
            ]
            for (other, status, words) in cases {
                let run = try Program.run("sync", "a", other, services: services)
                #expect(run.status == status, "\(other): \(run.errors)")
                #expect(run.errors.contains(words), "\(other): \(run.errors)")
                #expect(run.output == "")
            }
            let alone = try Program.run("sync", "a", services: services)
            #expect(alone.status == 1 && alone.errors.contains("a: has no neighbours\nhint: "))
            let table = try Program.run("policy", "a", "nothing", "newest", services: services)
            #expect(
                table.status == 1
                    && table.errors.contains("table nothing is not replicated\nhint: "))
            let conflict = try Program.run("conflicts", "a", "show", "0000", services: services)
            #expect(conflict.status == 1 && conflict.errors.contains("hint: list them"))
            #expect(try tree.nodes.map { try $0.dump() } == before)
        }
    }

    @Test func noPasswordIsEverPrinted() throws {
        try withTree(2, schema: schema, installing: false) { tree in
            let secret = "s3cret"
            let databases = tree.nodes.map { "\($0.conninfo) password=\(secret)" }
            let words = tree[1].conninfo.split(separator: " ").map { $0.split(separator: "=")[1] }
            let uri =
                "postgresql://postgres:\(secret)@\(words[0].replacing("/", with: "%2F")):\(words[1])/"
                + words[3].replacing("'", with: "")
            var runs: [Program.Run] = []
            for (number, database) in databases.enumerated() {
                runs.append(try Program.run("install", database, "--node", "\(number + 1)"))
            }
            for arguments in [
                ["sync", databases[0], databases[1]], ["link", databases[0], databases[1]],
                ["link", uri, databases[1]], ["sync", uri, databases[1]],
                ["sync", databases[0]], ["status", databases[0], uri], ["upgrade", uri],
                ["policy", uri, "note", "newest"], ["policy", uri, "none", "newest"],
                ["conflicts", uri], ["unlink", uri, "--node", "2"],
                ["unlink", databases[0], databases[1]], ["uninstall", uri],
                ["link", databases[0], databases[1]],
                ["sync", "host=/nonexistent password=\(secret)", databases[1]],
                ["sync", "postgresql://u:\(secret)@nowhere.invalid/x", databases[1]],
                ["sync", "postgresql://u:\(secret)@x@nowhere.invalid/x", databases[1]],
                ["sync", "dbname=x password=\(secret) wrong", databases[1]],
            ] { runs.append(try Program.run(list: arguments)) }
            for run in runs {
                #expect(!run.output.contains(secret), "\(run.output)")
                #expect(!run.errors.contains(secret), "\(run.errors)")
            }
            #expect(runs.prefix(2).allSatisfy { $0.status == 0 })
        }
    }
}
