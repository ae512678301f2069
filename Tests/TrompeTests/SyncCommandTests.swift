import Foundation
import Postgres
import Replication
import Synchronization
import TestSupport
import Testing

/// `trompe sync` as a user runs it: what it prints where, and with which status it ends.
@Suite struct SyncCommandTests {
    private let schema = """
        create table note (id serial primary key, text text);
        create table place (id int primary key);
        """

    private func withInstalled(_ count: Int, _ body: (TestTree) throws -> Void) throws {
        try withTree(count, schema: schema, installing: false) { tree in
            for node in tree.nodes {
                _ = try Installation.install(
                    node.connection, number: node.number, name: node.letter)
            }
            for edge in tree.edges {
                try tree.edge(edge).link(
                    serviceA: tree[edge.0].letter.lowercased(),
                    serviceB: tree[edge.1].letter.lowercased())
            }
            try body(tree)
        }
    }

    /// The tables of the first edge's directions, without how long it took.
    private func counts(_ run: Program.Run) throws -> [[[String: AnyHashable]]] {
        let document = try #require(try run.json as? [String: Any])
        let edges = try #require(document["edges"] as? [[String: Any]])
        let directions = try #require(edges.first?["directions"] as? [[String: Any]])
        return try directions.map { try #require($0["tables"] as? [[String: AnyHashable]]) }
    }

    @Test func aDryRunShowsWhatTheRealOneThenDoesAndWritesNothing() throws {
        try withInstalled(2) { tree in
            for node in tree.nodes { try node.captureSchemaChanges(false) }
            try tree[1].psql("insert into note values (1, 'x'), (2, 'x'), (3, 'x')")
            try tree.syncUntilQuiet()
            try tree[1].psql(
                """
                update note set text = 'of A' where id = 1;
                delete from note where id = 2;
                insert into place select generate_series(1, 5);
                """)
            try tree[2].psql(
                """
                update note set text = 'of B' where id = 1;
                insert into note values (4, 'new');
                create table late (id int primary key);
                select setval('note_id_seq', 1000);
                """)
            try tree[1].psql("create table late (id int primary key)")
            let before = try everything(tree)
            let tried = try Program.run(
                "sync", "a", "b", "--dry-run", "--json", services: tree.services)
            #expect(tried.status == 0)
            #expect(tried.errors == "")
            #expect(try everything(tree) == before)
            let done = try Program.run("sync", "a", "b", "--json", services: tree.services)
            #expect(done.status == 0)
            let counts = try counts(done)
            #expect(try self.counts(tried)[0] == counts[0])
            #expect(counts[0].map { $0["name"] as? String } == ["public.note", "public.place"])
            #expect(counts[0][1]["inserted"] as? Int == 5)
            #expect(counts[0][0]["deleted"] as? Int == 1)
            #expect(counts[0][0]["conflictsWonByTarget"] as? Int == 1)
            #expect(counts[1][0]["inserted"] as? Int == 1)
            let document = try #require(try done.json as? [String: Any])
            let edges = try #require(document["edges"] as? [[String: Any]])
            #expect((edges[0]["mended"] as? [String])?.count == 3)
        }
    }

    /// What a dry run must leave alone: rows, logs, registry, watermarks, sequences.
    private func everything(_ tree: TestTree) throws -> [String] {
        try tree.nodes.map { node in
            try node.contents()
                + node.psql(
                    """
                    select * from replication.log order by 7, 6, 5::text;
                    select id, relid, digest from replication.relation order by 1;
                    select number, received, received_token, acknowledged, last_sync
                    from replication.neighbour;
                    table replication.offer;
                    table replication.sync;
                    table note_id_seq;
                    """)
        }
    }

    @Test func resultsGoToStdoutAndEverythingElseToStderr() throws {
        try withInstalled(2) { tree in
            try tree[1].psql("insert into note values (1, 'x')")
            try tree[1].psql("select setval('note_id_seq', 1000)")
            let run = try Program.run("sync", "a", "b", services: tree.services)
            #expect(run.status == 0)
            let lines = run.output.split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines[0].hasPrefix("A -> B: moved 1 row in "))
            #expect(lines[1].contains("note: 1 inserted"))
            #expect(lines[2] == "B -> A: nothing new")
            #expect(run.errors.hasPrefix("mended: a: public.note_id_seq: "))
            #expect(!(run.output + run.errors).contains("\u{1B}"))
            let again = try Program.run("sync", "a", "b", services: tree.services)
            #expect(again.output == "A -> B: nothing new\nB -> A: nothing new\n")
            #expect(again.errors.hasPrefix("warning: the agent is a superuser on a and b: "))
            #expect(again.errors.split(separator: "\n").count == 1)
            let oneWay = try Program.run("sync", "--one-way", "b", "a", services: tree.services)
            #expect(oneWay.output == "B -> A: nothing new\n")
        }
    }

    @Test func oneNameSyncsAllNeighboursAndOneThatIsAwayHoldsNobodyUp() throws {
        try withInstalled(3) { tree in
            try tree[2].psql("insert into note values (1, 'x')")
            var services = tree.services
            services["a"] = "host=/nonexistent dbname=away"
            let run = try Program.run("sync", "b", services: services)
            #expect(run.status == 75)
            #expect(run.output.contains("B -> C: moved 1 row"))
            #expect(run.errors.contains("trompe: a: "))
            #expect(run.errors.contains("hint: "))
            #expect(try tree[3].psql("table note") == "1|x\n")
            let all = try Program.run("sync", "b", "--json", services: tree.services)
            #expect(all.status == 0)
            let document = try #require(try all.json as? [String: Any])
            #expect((document["edges"] as? [Any])?.count == 2)
            #expect(try tree[1].psql("table note") == "1|x\n")
            // Something worse than a node that is away.
            try tree[1].psqlHere("create table more (id int primary key)")
            services = tree.services
            services["c"] = "host=/nonexistent dbname=away"
            let worst = try Program.run("sync", "b", services: services)
            #expect(worst.status == 1)
            #expect(worst.errors.contains("table public.more is on a only"))
        }
    }

    /// While one edge waits for a lock, the other one is synced.
    @Test func severalNeighboursAtOnce() throws {
        try withInstalled(3) { tree in
            try tree[2].psql("insert into note values (1, 'x')")
            let user = try tree[1].session()
            try user.script("begin; lock table note in access exclusive mode")
            let services = tree.services
            let result = Mutex<Result<Program.Run, any Error>?>(nil)
            let ended = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                let run = Result {
                    try Program.run(
                        "sync", "b", "--jobs", "2", "--lock-timeout", "60", services: services)
                }
                result.withLock { $0 = run }
                ended.signal()
            }
            _ = try tree[1].waitForBlockedAgent()
            for _ in 0..<200 where try tree[3].psql("table note").isEmpty { usleep(50_000) }
            user.close()
            ended.wait()
            let run = try #require(try result.withLock { try $0?.get() })
            #expect(run.status == 0, "\(run.errors)")
            let lines = run.output.split(separator: "\n").filter { $0.contains(" -> ") }
            // The one that did not have to wait came first.
            #expect(lines.count == 4)
            #expect(lines.first?.hasPrefix("B -> C: moved 1 row") == true, "\(run.output)")
            #expect(try tree[1].psql("table note") == "1|x\n")
            #expect(try Program.run("sync", "b", "--jobs", "0").status == 64)
        }
    }

    @Test func aBusyEdgeIsTriedLater() throws {
        try withInstalled(2) { tree in
            let other = try Connection(tree[2].conninfo)
            try other.execute(
                "select pg_advisory_lock(hashtext('trompe')::int, (1 << 15 | 2)::int)")
            let run = try Program.run("sync", "a", "b", services: tree.services)
            #expect(run.status == 75)
            #expect(run.output == "")
            #expect(run.errors.contains("another agent is syncing a and b: on b by process "))
            other.close()
            // The server may take a moment to end the session.
            for _ in 0..<50 {
                let held = try tree[2].psql(
                    "select count(*) from pg_locks where locktype = 'advisory' and objid = 32770")
                if held == "0\n" { break }
                usleep(20_000)
            }
            #expect(try Program.run("sync", "a", "b", services: tree.services).status == 0)
        }
    }

    @Test func firstSyncsOfDifferentRowsNeedMerge() throws {
        try withInstalled(2) { tree in
            for node in tree.nodes {
                try node.psql("insert into note values (1, '\(node.letter)')")
            }
            let run = try Program.run("sync", "a", "b", services: tree.services)
            #expect(run.status == 1)
            #expect(run.output == "")
            #expect(run.errors.contains("--merge"))
            let merged = try Program.run("sync", "a", "b", "--merge", services: tree.services)
            #expect(merged.status == 0)
            #expect(merged.output.contains("1 conflict"))
            let list = try Program.run("conflicts", "a", "--json", services: tree.services)
            let conflicts = try #require(try list.json as? [[String: Any]])
            #expect(conflicts.count == 1)
            let id = try #require(conflicts[0]["id"] as? String)
            let shown = try Program.run(
                "conflicts", "b", "show", String(id.prefix(8)), services: tree.services)
            #expect(shown.status == 0 && shown.output.contains("loser"))
        }
    }
}
