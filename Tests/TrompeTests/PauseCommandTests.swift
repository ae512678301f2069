import Foundation
import TestSupport
import Testing

/// `trompe pause` and `trompe resume`, as a user types them.
@Suite struct PauseCommandTests {
    private let schema = "create table item (id int primary key, text text)"

    private func withLevelTree(_ count: Int, _ body: (TestTree) throws -> Void) throws {
        try withTree(count, schema: schema) { tree in
            for (a, b) in tree.edges { try link(tree, a, b) }
            try tree.syncUntilQuiet()
            // Now there is nothing to do, and a sync only glances.
            try tree.syncUntilQuiet()
            try body(tree)
        }
    }

    /// Again, so that the nodes know each other by service names.
    private func link(_ tree: TestTree, _ a: Int, _ b: Int) throws {
        let (a, b) = (tree[a].letter.lowercased(), tree[b].letter.lowercased())
        let run = try Program.run("link", a, b, services: tree.services)
        #expect(run.status == 0, "\(run.errors)")
    }

    @Test(arguments: ["a", "b"])
    func aPausedEdgeWaits(side: String) throws {
        try withLevelTree(2) { tree in
            let run = try Program.run(
                "pause", "a", "b", "--reason", "the line's dear", services: tree.services)
            #expect(
                run.output == "a: the edge to B is paused\nb: the edge to A is paused\n",
                "\(run.errors)")
            // One side is enough.
            let other = side == "a" ? tree[2] : tree[1]
            try other.psql("delete from replication.pause")
            // Although nothing at all has changed that a sync checks.
            let sync = try Program.run("sync", "a", "b", services: tree.services)
            #expect(sync.status == 75 && sync.output == "")
            let edge = side == "a" ? "a - b" : "b - a"
            #expect(sync.errors.hasPrefix("trompe: \(edge): the edge is paused since "))
            #expect(sync.errors.contains(" UTC (the line's dear)\nhint: "))
            try tree[1].psql("insert into item values (1, 'x')")
            #expect(try Program.run("sync", "b", "a", services: tree.services).status == 75)
            #expect(try tree[2].psql("select count(*) from item") == "0\n")
            let resume = try Program.run("resume", "a", "b", services: tree.services)
            #expect(resume.status == 0 && resume.output.contains("is no longer paused"))
            #expect(resume.output.contains("was not paused"))
            #expect(try Program.run("sync", "a", "b", services: tree.services).status == 0)
            #expect(try tree[2].psql("select count(*) from item") == "1\n")
        }
    }

    /// Of several edges the paused one is skipped, also where nobody is at its other end.
    @Test func theOtherEdgesGoOn() throws {
        try withLevelTree(3) { tree in
            var services = tree.services
            try tree[2].psql("insert into item values (1, 'x')")
            services["c"] = "host=127.0.0.1 port=1 dbname=gone"
            let run = try Program.run("pause", "b", "c", services: services)
            #expect(run.status == 0 && run.output == "b: the edge to C is paused\n")
            #expect(run.errors.hasPrefix("warning: c cannot be reached"))
            for options in [[], ["--jobs", "2"]] {
                let sync = try Program.run(list: ["sync", "b"] + options, services: services)
                #expect(sync.status == 0, "\(sync.errors)")
                #expect(sync.errors.hasPrefix("b - C: the edge is paused since "))
                #expect(sync.errors.contains(" UTC; skipped\n"))
            }
            #expect(try tree[1].psql("select count(*) from item") == "1\n")
            // Only the other side knows of it.
            try tree[2].psql("delete from replication.pause")
            #expect(
                try Program.run("pause", "c", "--node", "2", services: tree.services).status == 0)
            let sync = try Program.run("sync", "b", services: tree.services)
            #expect(sync.status == 0 && sync.errors.contains("; skipped\n"), "\(sync.errors)")
            #expect(try tree[3].psql("select count(*) from item") == "0\n")
        }
    }

    @Test func aPausedNodeIsLeftAlone() throws {
        try withLevelTree(3) { tree in
            let run = try Program.run("pause", "b", services: tree.services)
            #expect(run.status == 0 && run.output == "b: node B is paused\n", "\(run.errors)")
            for names in [["b"], ["a", "b"], ["b", "c"]] {
                let sync = try Program.run(list: ["sync"] + names, services: tree.services)
                #expect(sync.status == 75, "\(names): \(sync.errors)")
                #expect(sync.errors.contains("node b is paused since "))
                #expect(sync.errors.hasSuffix("to go on: trompe resume b\n"))
            }
            // For whom it is one of several.
            #expect(try Program.run("sync", "a", services: tree.services).status == 0)
            #expect(try Program.run("resume", "b", services: tree.services).status == 0)
            #expect(try Program.run("sync", "b", services: tree.services).status == 0)
        }
    }

    /// Logs are kept for the paused edge, and status says that they grow.
    @Test func statusWarnsAndNothingIsPurged() throws {
        try withLevelTree(3) { tree in
            for node in tree.nodes { try node.psql("update replication.self set keep = '0'") }
            _ = try Program.run("pause", "b", "c", "--reason", "test", services: tree.services)
            try tree[2].psql("insert into item values (1, 'x')")
            try tree.sync((1, 2))
            try tree[2].psql("select replication.purge()")
            let status = try Program.run("status", "b", services: tree.services)
            #expect(status.output.contains("warning: neighbour C: the edge is paused since "))
            #expect(
                status.output.contains("(test); changes go on being logged until: trompe resume"))
            let json = try Program.run("status", "b", "--json", services: tree.services).json
            let neighbours = try #require(
                (json as? [[String: Any]])?[0]["neighbours"] as? [[String: Any]])
            #expect(neighbours[0]["pausedSince"] == nil && neighbours[1]["pausedSince"] != nil)
            #expect(neighbours[1]["pauseReason"] as? String == "test")
            _ = try Program.run("resume", "b", "c", services: tree.services)
            try tree.syncUntilQuiet()
            #expect(try tree[3].contents() == tree[1].contents())
        }
    }

    @Test func whoIsNoNeighbourCannotBePaused() throws {
        try withLevelTree(3) { tree in
            let run = try Program.run("pause", "a", "c", services: tree.services)
            #expect(run.status == 1 && run.errors.contains("a and c are not neighbours"))
            #expect(try tree[1].psql("select count(*) from replication.pause") == "0\n")
            let number = try Program.run("pause", "a", "--node", "3", services: tree.services)
            #expect(
                number.status == 1 && number.errors.contains("no neighbour with the number 3"))
            let both = try Program.run("pause", "a", "b", "--node", "2", services: tree.services)
            #expect(both.status == 64)
        }
    }
}

/// `trompe keep`, as a user types it.
@Suite struct KeepCommandTests {
    @Test func itShowsAndSets() throws {
        try withTree(1, linking: false) { tree in
            let shown = try Program.run("keep", "a", services: tree.services)
            #expect(
                shown.output
                    == "a: log entries are kept for 7 days after all neighbours have them\n",
                "\(shown.errors)")
            let set = try Program.run("keep", "a", "12h", services: tree.services)
            #expect(set.output.contains(" 12:00:00 "), "\(set.errors)")
            for age in ["7", "-1 day", "soon", "20 years", ""] {
                let run = try Program.run(list: ["keep", "a", "--", age], services: tree.services)
                #expect(run.status == 1, "\(age): \(run.output)")
                #expect(run.errors.contains("hint: give one such as 30d"), "\(run.errors)")
            }
            #expect(try tree[1].psql("select keep from replication.self") == "12:00:00\n")
            #expect(try Program.run("keep", "a", "0", services: tree.services).status == 0)
        }
    }
}
