import Foundation
import Postgres
import TestSupport
import Testing

/// `trompe sync --watch`: what it keeps level, what it survives, and how it ends.
@Suite struct WatchTests {
    @Test func rowsMoveWithinAFewRoundsAndQuietOnesAreNotSpokenOf() throws {
        try withLinked(2) { tree in
            let run = try WatchRun(["a", "b", "--watch=0.1", "--json"], services: tree.services)
            try tree[1].psql("insert into note values (1, 'x')")
            try run.eventually("a row on B") { try tree[2].psql("table note") == "1|x\n" ? 1 : nil }
            try tree[2].psql("insert into note values (2, 'y')")
            try run.eventually("a row on A") {
                try tree[1].psql("select count(*) from note") == "2\n" ? 1 : nil
            }
            try run.wait(for: "moved", count: 2)
            // Some more syncs, of which nothing is to be read.
            let before = try sessions(tree)
            try run.eventually("more syncs") { try sessions(tree) > before + 6 ? 1 : nil }
            #expect(run.end() == 0)
            let events = try run.lines().compactMap { $0["event"] as? String }
            // A sync under way may have to be waited for.
            let news = events.filter { !["warning", "stopping"].contains($0) }
            #expect(news == ["started", "moved", "moved", "stopped"])
            #expect(events.count { $0 == "warning" } <= 1)
            let started = try #require(try run.events("started").first?["message"] as? String)
            #expect(started == "keeping a and b level, every 0.1 s")
            let moved = try run.events("moved")
            #expect(moved[0]["edge"] as? String == "a - b")
            #expect(moved[0]["source"] as? String == "A" && moved[0]["target"] as? String == "B")
            #expect(moved[1]["inserted"] as? Int == 1 && moved[1]["source"] as? String == "B")
            #expect(moved[1]["time"] as? String != nil && moved[1]["level"] as? String == "info")
            let results = try run.output.split(separator: "\n").map { line in
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            }
            #expect(results.count == 2)
            #expect((results[0]?["directions"] as? [Any])?.count == 2)
        }
    }

    /// Two agents on one edge meet again and again, which is said once.
    @Test func theOtherAgentIsSpokenOfOnce() throws {
        try withLinked(2) { tree in
            let other = try Connection(tree[2].conninfo)
            let lock = { (name: String) in
                _ = try other.execute(
                    "select pg_advisory_\(raw: name)(hashtext('trompe')::int, (1 << 15 | 2)::int)")
            }
            try lock("lock")
            let run = try WatchRun(
                ["a", "b", "--watch=0.1", "--verbose"], services: tree.services)
            for round in 1...2 {
                if round == 2 { try lock("lock") }
                try run.wait(for: "failed", count: round)
                try lock("unlock")
                try run.wait(for: "recovered", count: round)
            }
            #expect(run.end() == 0)
            let levels = try ["failed", "recovered"].map { event in
                try run.events(event).compactMap { $0["level"] as? String }
            }
            #expect(levels[0].first == "notice")
            #expect((levels[0].dropFirst() + levels[1]).allSatisfy { $0 == "debug" })
        }
    }

    /// How many sessions have come to the database of the first node so far.
    private func sessions(_ tree: TestTree) throws -> Int {
        let text = try tree[1].psql(
            "select sessions from pg_stat_database where datname = current_database()")
        return try #require(Int(text.dropLast()))
    }

    @Test func aServerThatComesBackIsReachedAgain() throws {
        let server = try ThrowawayCluster()
        try withLinked(2, servers: [try Servers.server(of: 1), server]) { tree in
            let run = try WatchRun(
                ["--watch=0.1", "--verbose", "a", "b"], services: tree.services)
            try tree[1].psql("insert into note values (1, 'x')")
            try run.wait(for: "moved")
            try server.stop()
            let failed = try run.wait(for: "failed")
            #expect(failed["status"] as? Int == 75 && failed["level"] as? String == "notice")
            #expect((failed["retryInSeconds"] as? Double).map { $0 > 0 } == true)
            #expect(failed["hint"] != nil)
            try tree[1].psql("insert into note values (2, 'y')")
            try run.wait(for: "failed", count: 3)
            try server.start()
            try run.wait(for: "recovered")
            try run.wait(for: "moved", count: 2)
            // One line that everybody sees, however often it was tried.
            let levels = try run.events("failed").compactMap { $0["level"] as? String }
            #expect(levels.first == "notice" && levels.dropFirst().allSatisfy { $0 == "debug" })
            #expect(run.end() == 0)
            #expect(try tree[2].psql("table note") == "1|x\n2|y\n")
        }
    }

    /// While the first direction waits for a user's lock.
    private func withBlockedDirection(
        _ body: (TestTree, WatchRun, Connection) throws -> Void
    ) throws {
        try withLinked(2) { tree in
            try tree[1].psql("insert into note values (1, 'of A')")
            try tree[2].psql("insert into note values (2, 'of B')")
            let user = try tree[2].session()
            try user.script("begin; lock table note in access exclusive mode")
            let run = try WatchRun(
                ["a", "b", "--watch", "--lock-timeout", "600"], services: tree.services)
            _ = try tree[2].waitForBlockedAgent()
            run.signal(SIGTERM)
            let line = try run.wait(for: "stopping")
            #expect((line["message"] as? String)?.contains("a - b, under way for") == true)
            try body(tree, run, user)
            // No lock is left, and the next sync does the rest.
            try run.eventually("an edge that is free") {
                try Program.run("sync", "a", "b", services: tree.services).status == 0 ? 1 : nil
            }
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    @Test func theDirectionUnderWayIsBroughtToItsEndAndNoOtherBegins() throws {
        try withBlockedDirection { tree, run, user in
            try user.script("rollback")
            #expect(run.wait() == 0)
            #expect(try run.events("stopped").count == 1)
            #expect(try run.events("moved").map { $0["target"] as? String } == ["B"])
            #expect(try tree[2].psql("select text from note order by 1") == "of A\nof B\n")
            #expect(try tree[1].psql("select text from note") == "of A\n")
        }
    }

    @Test func aSecondSignalEndsItAtOnceAndTheDirectionIsAbsent() throws {
        try withBlockedDirection { tree, run, user in
            #expect(run.end() == 128 + SIGTERM)
            #expect(try run.events("stopped").isEmpty)
            try user.script("rollback")
            #expect(try tree[2].psql("select text from note") == "of B\n")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalWakesIt(number: Int32) throws {
        try withLinked(2) { tree in
            try tree[1].psql("insert into note values (1, 'x')")
            let run = try WatchRun(["a", "b", "--watch=86400"], services: tree.services)
            try run.wait(for: "moved")
            #expect(run.end(number) == 0)
            #expect(try run.lines().last?["event"] as? String == "stopped")
        }
    }

    @Test func aNeighbourThatIsAwayHoldsNobodyUp() throws {
        try withLinked(3) { tree in
            var services = tree.services
            services["a"] = "host=/nonexistent dbname=away"
            let run = try WatchRun(["b", "--watch=0.1"], services: services)
            #expect(try run.wait(for: "failed")["edge"] as? String == "b - a")
            for number in 1...3 {
                try tree[2].psql("insert into note values (\(number), 'x')")
                try run.wait(for: "moved", count: number)
            }
            #expect(try tree[3].psql("select count(*) from note") == "3\n")
            #expect(run.end() == 0)
        }
    }

    @Test func whatOnlyAPersonCanMendIsSaidOnceWithAHint() throws {
        try withLinked(2) { tree in
            let services = tree.services
            try tree[1].psql("insert into note values (1, 'x')")
            let run = try WatchRun(["a", "b", "--watch=0.1"], services: services)
            try run.wait(for: "moved")
            try run.eventually("a moment without a sync") {
                try Program.run("unlink", "a", "b", services: services).status == 0 ? 1 : nil
            }
            let failed = try run.eventually("a failure") {
                try run.events("failed").first { $0["status"] as? Int == 1 }
            }
            #expect(failed["message"] as? String == "a and b are not neighbours")
            #expect(failed["level"] as? String == "error" && failed["hint"] as? String != nil)
            // No sooner again than after most of a minute.
            #expect((failed["retryInSeconds"] as? Double).map { $0 > 40 } == true)
            #expect(run.end() == 0)
            #expect(try Program.run("uninstall", "b", services: services).status == 0)
            let other = try WatchRun(["a", "b", "--watch=0.1"], services: services)
            #expect(
                (try other.wait(for: "failed")["message"] as? String)?
                    .hasPrefix("b: the schema \"replication\" is not installed") == true)
            let alone = try WatchRun(["a", "--watch=0.1"], services: services)
            #expect(try alone.wait(for: "failed")["message"] as? String == "a: has no neighbours")
            for run in [other, alone] { #expect(run.end() == 0) }
        }
    }
}
