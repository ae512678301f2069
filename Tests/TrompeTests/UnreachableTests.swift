import Foundation
import Postgres
import Replication
import TestSupport
import Testing

@testable import trompe

/// What a user learns of a database that is out of reach, and of locks.
@Suite struct UnreachableTests {
    private let away = "host=/nonexistent dbname=away"

    private func withLinked(_ count: Int, _ body: (TestTree) throws -> Void) throws {
        try withTree(
            count, schema: "create table note (id int primary key, text text)", installing: false
        ) {
            tree in
            try tree.install(linking: false)
            for edge in tree.edges {
                try tree.edge(edge).link(
                    serviceA: tree[edge.0].letter.lowercased(),
                    serviceB: tree[edge.1].letter.lowercased())
            }
            try body(tree)
        }
    }

    @Test func theMessageSaysSinceWhenTheEdgeWasNotSynced() throws {
        try withLinked(3) { tree in
            try tree.sync((1, 2))
            try tree[1].psql(
                "update replication.neighbour set last_sync = now() - '12 hours 5 minutes'::interval"
            )
            try tree[2].psql(
                """
                update replication.neighbour set last_sync = '2020-02-03 04:05:06+00'
                where number = 1
                """)
            var services = tree.services
            services["b"] = away
            for arguments in [["sync", "a", "b"], ["sync", "a"], ["sync", "--json", "b", "a"]] {
                let run = try Program.run(list: arguments, services: services)
                #expect(run.status == 75)
                #expect(run.errors.contains(" UTC (12 hours ago)\nhint: "), "\(run.errors)")
                #expect(run.errors.contains("; last synced 20"))
                #expect(!run.output.contains("last synced"))
            }
            // A string that no node knows: all neighbours are named.
            services = tree.services
            let other = try Program.run("sync", away, "b", services: services)
            #expect(other.status == 75)
            #expect(other.errors.contains("; A last synced 2020-02-03 04:05:06 UTC ("))
            #expect(other.errors.contains("), C never synced\nhint: "))
            // Nobody knows.
            services = ["a": away, "b": away]
            let none = try Program.run("sync", "a", "b", services: services)
            #expect(none.status == 75 && !none.errors.contains("synced"))
        }
    }

    @Test func agesAreRoundedDown() {
        #expect(LastSync.age(seconds: 0) == "0 seconds ago")
        #expect(LastSync.age(seconds: 119) == "119 seconds ago")
        #expect(LastSync.age(seconds: 120) == "2 minutes ago")
        #expect(LastSync.age(seconds: 7_199) == "119 minutes ago")
        #expect(LastSync.age(seconds: 43_300) == "12 hours ago")
        #expect(LastSync.age(seconds: 172_800) == "2 days ago")
    }

    @Test func aLockIsWaitedForTwiceAndNoticesAreShort() throws {
        try withLinked(2) { tree in
            try tree[1].psql("insert into note values (1, 'x')")
            try tree.sync((1, 2))
            try tree[1].psql("update note set text = 'secret' where id = 1")
            let user = try tree[2].session()
            try user.script("begin; update note set text = 'y' where id = 1")
            let run = try Program.run(
                "sync", "--lock-timeout", "0.4", "a", "b", services: tree.services)
            #expect(run.status == 75)
            let notices = run.errors.split(separator: "\n").filter { $0.contains("begins again") }
            #expect(notices.count == 1)
            #expect(notices.allSatisfy { $0.contains("A -> B begins again: b: ") })
            #expect(notices.allSatisfy { $0.hasSuffix(" (55P03)") && $0.utf8.count < 250 })
            #expect(!run.errors.contains("secret"))
            #expect(run.errors.contains("hint: "))
            try user.script("rollback")
            #expect(try Program.run("sync", "a", "b", services: tree.services).status == 0)
        }
    }
}
