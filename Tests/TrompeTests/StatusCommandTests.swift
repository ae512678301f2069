import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// `trompe status`: the picture of the tree, from one end of an edge and from both.
@Suite struct StatusCommandTests {
    private let schema = "create table note (id int primary key, text text);"

    /// Three nodes in a row, linked by their services and synced.
    private func withChain(
        _ body: (TestTree, ([String]) throws -> Program.Run) throws -> Void
    ) throws {
        try withTree(3, schema: schema, linking: false) { tree in
            let run = { try Program.run(list: $0, services: tree.services) }
            for (one, other) in [("a", "b"), ("b", "c")] {
                #expect(try run(["link", one, other]).status == 0)
                #expect(try run(["sync", one, other]).status == 0)
            }
            // Facts of the tree reach all of them.
            for (one, other) in [("a", "b"), ("b", "c"), ("a", "b")] {
                #expect(try run(["sync", one, other]).status == 0)
            }
            try body(tree, run)
        }
    }

    @Test func theTreeIsDrawnWithWhatIsKnownOfEachEdge() throws {
        try withChain { tree, run in
            try tree[1].psql("insert into note select n, 'a' from generate_series(1, 3) as n")
            try tree[2].psql("insert into note values (4, 'b')")
            let alone = try run(["status", "a"])
            #expect(alone.status == 0 && alone.errors == "")
            let lines = alone.output.split(separator: "\n").map(String.init)
            #expect(
                lines[0]
                    == "A (node 1 of at most 100): 1 replicated table, 0 conflicts in the history")
            #expect(lines[1] == "│  ↓ 3 rows pending as far as A knows   ↑ B was not asked")
            let age = #/^│  last sync \d+ \w+ ago, [-0-9: ]{19} UTC, clocks level to /#
            #expect(lines[2].contains(age))
            #expect(lines[3] == "└─ B (node 2, service b)")
            #expect(lines[4] == "   └─ C (node 3)")
            // Of both ends, also where they are named in another order, and one of them twice.
            let both = try run(["status", "a", "b", "a"]).output
            #expect(both.contains("│  ↓ 3 rows pending   ↑ 1 row pending\n"))
            #expect(both.contains("   │  ↓ 1 row pending as far as B knows   ↑ C was not asked\n"))
            #expect(both.ranges(of: "A (node 1").count == 1)
            #expect(both.ranges(of: "A: warning: ").count == 1)
            let reversed = try run(["status", "b", "a"]).output
            #expect(reversed.hasPrefix("B (node 2 of at most 100, service b): "))
            #expect(reversed.contains("│  ↓ 1 row pending   ↑ 3 rows pending\n"))
            let all = try run(["status", "a", "--all"])
            #expect(all.status == 0)
            #expect(all.output.contains("   └─ C (node 3 of at most 100, service c): 1 replicated"))
            #expect(all.output.contains("   │  ↓ 1 row pending   ↑ 0 rows pending\n"))
        }
    }

    /// A node that sent its rows as the second one of a sync does not know that they have arrived. Its
    /// neighbour does.
    @Test func whatHasArrivedIsNotPendingWhereTheNeighbourIsAsked() throws {
        try withChain { tree, run in
            let seen = try tree[2].psql(
                "select acknowledged from replication.neighbour where number = 1")
            try tree[2].psql("insert into note values (1, 'b'), (2, 'b')")
            #expect(try run(["sync", "a", "b"]).status == 0)
            // As where the last answer was lost.
            try tree[2].psql(
                "update replication.neighbour set acknowledged = '\(seen.dropLast())' where number = 1"
            )
            func pending(_ arguments: String...) throws -> [[String: Any]] {
                let nodes = try run(["status"] + arguments + ["--json"]).json as? [[String: Any]]
                let node = try #require(nodes?.first { $0["number"] as? Int == 2 })
                return try #require(node["neighbours"] as? [[String: Any]])
            }
            let alone = try pending("b")[0]
            #expect(alone["pending"] as? Int == 2)
            #expect(alone["pendingConfirmed"] as? Bool == false)
            #expect(alone["pendingHere"] == nil)
            let both = try pending("b", "a")[0]
            #expect(both["pending"] as? Int == 0)
            #expect(both["pendingConfirmed"] as? Bool == true)
            #expect(both["pendingHere"] as? Int == 0)
            #expect((both["secondsSinceLastSync"] as? Int ?? -1) >= 0)
            // Also what came since is counted from there.
            try tree[2].psql("insert into note values (3, 'b')")
            #expect(try pending("b", "a")[0]["pending"] as? Int == 1)
        }
    }

    /// Who is away is shown as such. It is no error where nobody named it.
    @Test func whoGivesNoAnswerIsShownBesideTheOthers() throws {
        try withChain { tree, _ in
            var services = tree.services
            services["c"] = "host=/nonexistent dbname=x"
            func run(_ arguments: String...) throws -> Program.Run {
                try Program.run(list: ["status"] + arguments, services: services)
            }
            let all = try run("a", "--all")
            #expect(all.status == 0 && all.errors == "", "\(all.errors)")
            #expect(all.output.contains("   └─ C (node 3, service c): no answer: c: "))
            #expect(all.output.contains("   │  ↓ 0 rows pending   ↑ not known\n"))
            let named = try run("a", "c", "b")
            #expect(named.status == 75)
            #expect(named.output.contains("└─ B (node 2 of at most 100, service b): "))
            #expect(named.errors.contains("trompe: c: ") && named.errors.contains("hint: "))
            let json = try run("c", "a", "--json")
            #expect(json.status == 75)
            #expect((try json.json as? [Any])?.count == 1)
            // A service that leads elsewhere is not taken for the neighbour.
            services["c"] = services["a"]
            let wrong = try run("b", "--all")
            #expect(
                wrong.output.contains("no answer: the service c leads to another node, A"),
                "\(wrong.output)")
            let unknown = try run("nothing")
            #expect(unknown.status == 1 && unknown.output == "")
        }
    }

    @Test func eachNodeSaysWhatIsToBeDone() throws {
        try withChain { tree, run in
            try tree[3].psqlHere("alter table note add constraint short check (length(text) < 4)")
            try tree[2].psql("insert into note values (1, 'too long')")
            #expect(try run(["sync", "b", "c"]).status == 2)
            for node in tree.nodes.prefix(2) { try node.psql("create table heap (a int)") }
            try tree[1].psql(
                "update replication.neighbour set clock_skew = '-3s', clock_skew_error = '10ms'")
            let all = try run(["status", "b", "--all"]).output
            #expect(all.contains("C (node 3 of at most 100, service c): 1 replicated table, "))
            #expect(all.contains(" in the history, 1 row waiting\n"))
            #expect(all.contains("\nC: waiting: public.note {"))
            #expect(all.contains("\nB, A: not replicated: public.heap: it has no key"))
            #expect(all.contains("\nA: warning: the clock of B is 3.0 s"))
            let near = try run(["status", "a"]).output
            #expect(near.contains(", the clock of B is 3.0 s (to 0.01 s) behind that of A\n"))
        }
    }

    /// Over a new edge all rows count, and no more of them than is asked for.
    @Test func whatIsPendingIsCountedUpToABound() throws {
        try withTree(2, schema: schema) { tree in
            try tree[1].psql("insert into note select n, 'a' from generate_series(1, 20) as n")
            func count(_ bound: Int) throws -> String {
                try tree[1].psql(
                    "select pending, is_all from replication.count_pending(2, at_most => \(bound))")
            }
            #expect(try count(20) == "20|t\n")
            #expect(try count(19) == "20|f\n")
            #expect(
                try Program.run("status", "a", services: tree.services).output
                    .contains("│  never synced: everything is pending\n"))
            try tree.syncUntilQuiet()
            #expect(try count(20) == "0|t\n")
            // One row that is changed often is one row, but its entries are read.
            for _ in 1...3 { try tree[1].psql("update note set text = text || 'x' where id < 5") }
            #expect(try count(12) == "4|t\n")
            #expect(try count(11) == "4|f\n")
            #expect(try count(5).hasSuffix("|f\n"))
        }
    }
}
