import Foundation
import Postgres
import TestSupport
import Testing

@testable import Replication

/// `compare --repair-from`: what it changes is a new change, and what it takes away is kept.
@Suite struct RepairTests {
    private static let schema = """
        create table singer (id int primary key, name text, voice text);
        create table part (id int primary key, singer int references singer);
        create function merge(older jsonb, newer jsonb) returns jsonb language sql
            return newer || '{"name": "merged"}';
        """

    /// Three nodes, and A and B differ in four rows: one is on A alone, one on B alone, two are unlike.
    private func withDifferences(
        policy: String = "newest", _ argument: String? = nil, _ body: (TestTree) throws -> Void
    ) throws {
        try withTree(3, schema: Self.schema) { tree in
            if policy != "newest" {
                try setPolicy(
                    tree[1].connection, table: "singer", policy: policy, argument: argument)
            }
            try tree[1].psql(
                """
                insert into singer select n, 'name ' || n, 'alto' from generate_series(1, 9) as n;
                insert into part values (1, 1), (2, 9)
                """)
            try tree.syncUntilQuiet()
            try tree[1].psql(
                """
                set session_replication_role = replica;
                update singer set name = 'of A' where id in (1, 2);
                delete from singer where id = 3;
                insert into singer values (10, 'of A', null)
                """)
            try tree[2].psql(
                "set session_replication_role = replica; update singer set name = 'of B' where id = 2"
            )
            #expect(try tree.sync((1, 2)).isQuiet)
            try body(tree)
        }
    }

    private func expectLevel(_ tree: TestTree) throws {
        try tree.syncUntilQuiet()
        for node in tree.nodes { #expect(try node.contents() == tree[1].contents()) }
        for edge in tree.edges { #expect(try tree.edge(edge).compare().isLevel) }
        #expect(try tree.sync((1, 2)).isQuiet)
    }

    /// `key loser` of the history, in order.
    private func losers(_ node: TestNode) throws -> [String] {
        try Conflict.all(node.connection).map { conflict in
            #expect(conflict.policy == "repair")
            return "\(conflict.key) \(conflict.loser.origin) \(conflict.loser.row ?? "-")"
        }.sorted()
    }

    /// Whatever the policy says, and whatever node it would prefer.
    @Test(arguments: [
        ("newest", nil, Edge.End.a), ("newest", nil, .b), ("priority", "1,2,3", .b),
        ("priority", "3,2,1", .a), ("function", "public.merge", .a), ("columns", nil, .b),
    ])
    func theChosenSideWinsAndTheLosersAreKept(
        policy: String, argument: String?, end: Edge.End
    ) throws {
        try withDifferences(policy: policy, argument) { tree in
            let (winner, loser) = end == .a ? (1, 2) : (2, 1)
            let former = try tree[winner].psql("select * from singer order by id")
            let plan = try {
                var options = SyncOptions()
                options.isDryRun = true
                return try tree.edge((1, 2)).repair(from: end, sync: options)
            }()
            #expect(plan.isDryRun && plan.rows == 4 && plan.sync == nil)
            #expect(!plan.after.isLevel)
            #expect(try tree.sync((1, 2)).isQuiet)
            let repair = try tree.edge((1, 2)).repair(from: end)
            #expect(repair.rows == 4 && repair.after.isLevel && !repair.isDryRun)
            #expect(repair.before.rows.differing == 4)
            #expect(
                try tree[loser].psql("select * from singer order by id") == former)
            let kept =
                end == .a
                ? [
                    #"{"id":1} 2 {"id":1,"name":"name 1","voice":"alto"}"#,
                    #"{"id":2} 2 {"id":2,"name":"of B","voice":"alto"}"#,
                    #"{"id":3} 2 {"id":3,"name":"name 3","voice":"alto"}"#,
                ]
                : [
                    #"{"id":10} 1 {"id":10,"name":"of A","voice":null}"#,
                    #"{"id":1} 1 {"id":1,"name":"of A","voice":"alto"}"#,
                    #"{"id":2} 1 {"id":2,"name":"of A","voice":"alto"}"#,
                ]
            #expect(try losers(tree[loser]) == kept)
            try expectLevel(tree)
            #expect(try losers(tree[3]) == kept)
            #expect(try tree[3].psql("select * from singer order by id") == former)
            let conflict = try #require(
                try Conflict.all(tree[3].connection).first { $0.key == #"{"id":1}"# })
            let restored = try conflict.restore(
                try Connection(tree[3].conninfo), isForced: false)
            #expect(restored.outcome == .updated && restored.differences.isEmpty)
            try expectLevel(tree)
            #expect(
                try tree[1].psql("select name from singer where id = 1")
                    == (end == .a ? "name 1\n" : "of A\n"))
        }
    }

    /// Also where the agent dies between the two commits of the comparison, and the next sync runs in
    /// whichever order.
    @Test(arguments: [(1, 2), (2, 1)]) func aRepairThatWasCutOffIsFinishedByTheNextSync(
        first: Int, second: Int
    ) throws {
        for isRivalLogged in [true, false] {
            try withDifferences(policy: "priority", "2,1") { tree in
                let entries = isRivalLogged ? "(1), (2), (3)" : "(0)"
                try tree[1].psql(
                    """
                    insert into replication.log_\(try number(of: "singer", tree[1]))
                        (xid, changed_at, origin, via, action, k1)
                    select pg_current_xact_id()::text::bigint, replication.now(), 1, null, 'U', k
                    from (values (1), (2), (3), (10)) as v (k)
                    """)
                try tree[2].psql(
                    """
                    insert into replication.log_\(try number(of: "singer", tree[2]))
                        (xid, changed_at, origin, via, action, k1)
                    select pg_current_xact_id()::text::bigint, '-infinity', 0, -1, 'U', k
                    from (values \(entries)) as v (k)
                    where k > 0
                    """)
                let truth = try tree[1].psql("select * from singer order by id")
                try tree.sync((first, second))
                #expect(try tree[2].psql("select * from singer order by id") == truth)
                try expectLevel(tree)
                #expect(try losers(tree[3]).count == (isRivalLogged ? 3 : 0))
            }
        }
    }

    private func number(of table: String, _ node: TestNode) throws -> String {
        try node.psql("select id from replication.relation where relid = '\(table)'::regclass")
            .trimmingCharacters(in: .newlines)
    }

    /// What a user changes between the comparison and the sync is a change like any other.
    @Test func aUsersOwnChangeIsAConflictAsEver() throws {
        try withDifferences(policy: "priority", "2,1") { tree in
            try tree[1].psql(
                """
                insert into replication.log_\(try number(of: "singer", tree[1]))
                    (xid, changed_at, origin, via, action, k1)
                select pg_current_xact_id()::text::bigint, replication.now(), 1, null, 'U', 1
                """)
            try tree[2].psql(
                """
                insert into replication.log_\(try number(of: "singer", tree[2]))
                    (xid, changed_at, origin, via, action, k1)
                select pg_current_xact_id()::text::bigint, '-infinity', 0, -1, 'U', 1
                """)
            try tree[2].psql("update singer set name = 'a user''s' where id = 1")
            try tree.sync((1, 2))
            #expect(try tree[1].psql("select name from singer where id = 1") == "a user's\n")
            let conflict = try #require(try Conflict.all(tree[1].connection).first)
            #expect(conflict.policy == "priority 2,1" && conflict.winner.origin == 2)
        }
    }

    @Test func overAPausedEdgeNothingIsLogged() throws {
        try withDifferences { tree in
            try Pause.begin(tree[2].connection, neighbour: 1)
            let before = try tree.nodes.map { try $0.logEntries() }
            let error = try refusal { _ = try tree.edge((1, 2)).repair(from: .a) }
            #expect(error.exitStatus == 75)
            #expect(try tree.nodes.map { try $0.logEntries() } == before)
            #expect(try tree.edge((1, 2)).compare().rows.differing == 4)
        }
    }

    /// A parent that is on one side alone, and has children there.
    @Test func foreignKeysHold() throws {
        try withDifferences { tree in
            try tree[2].psql(
                """
                set session_replication_role = replica;
                insert into singer values (20, 'parent', null);
                """)
            try tree[2].psql("insert into part values (20, 20)")
            try tree.sync((1, 2))
            let repair = try tree.edge((1, 2)).repair(from: .a)
            #expect(repair.after.isLevel || (repair.sync?.waiting ?? 0) == 0)
            try expectLevel(tree)
            #expect(
                try tree[1].psql(
                    "select count(*) from part left join singer on singer.id = part.singer "
                        + "where singer.id is null") == "0\n")
        }
    }
}
