import Postgres
import Replication
import TestSupport
import Testing

extension TestNode {
    /// Compacts all logs, where nobody is on an edge.
    func compactLogs() throws {
        try psql(
            """
            begin;
            select replication.compact(id) from replication.relation
            where (select replication.hold_edges());
            commit
            """)
    }
}

/// Of a key the newest entry is enough, as long as nobody is told anything else for it.
@Suite struct CompactTests {
    private let count = "select count(*) from replication.log where tablename = 'public.item'"

    /// A neighbour that is away gets what it would have got.
    @Test func oneEntryOfEachKeyIsLeft() throws {
        try withTree(3, schema: itemTable) { tree in
            try tree[2].psql("insert into item select i, 'a' from generate_series(1, 100) as i")
            try tree.syncUntilQuiet()
            for round in 1...10 {
                try tree[2].psql("update item set text = 'b\(round)'")
                // One of two neighbours hears of it now and then.
                if round % 3 == 0 { try tree.sync((1, 2)) }
            }
            try tree[2].psql("delete from item where id > 90")
            let newest =
                "select max(changed_at) from replication.log where tablename = 'public.item'"
            let before = try tree[2].psql(newest)
            try tree.sync((1, 2))
            // The rows themselves for the one that has been away, and once more by the new edge.
            #expect(try tree[2].psql(count) == "1210\n")
            try tree[2].compactLogs()
            #expect(try tree[2].psql(count) == "200\n")
            #expect(try tree[2].psql(newest) == before)
            let report = try tree.sync((2, 3))
            #expect(report.directions[0].moved == 100)
            try tree.syncUntilQuiet()
            try tree[2].compactLogs()
            #expect(try tree[2].psql(count) == "200\n")
            #expect(try tree[1].contents() == tree[3].contents())
            #expect(try tree[3].psql("select count(*), max(text) from item") == "90|b10\n")
        }
    }

    /// What is not committed yet is neither removed, nor a reason to remove anything.
    @Test func whatIsUnderWayStays() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree[1].psql("insert into item values (1, 'a'), (2, 'a')")
            try tree.syncUntilQuiet()
            try tree[1].psql("update item set text = 'b'")
            let user = try tree[1].session()
            defer { user.close() }
            try user.script("begin; update item set text = 'c' where id = 1")
            try tree[1].psql("update item set text = 'd' where id = 2")
            try tree[1].compactLogs()
            try tree.sync((1, 2))
            #expect(try tree[2].psql("select text from item order by id") == "b\nd\n")
            try tree[1].compactLogs()
            try user.script("commit")
            try tree[1].compactLogs()
            try tree.sync((1, 2))
            #expect(try tree[2].psql("select text from item order by id") == "c\nd\n")
        }
    }

    /// The entries that a neighbour has not heard of are not thrown away for one that it has.
    @Test func theClockMayHaveBeenSetBack() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree[1].psql("insert into item values (1, 'a')")
            try tree.syncUntilQuiet()
            try tree[1].psql("update item set text = 'b'")
            try date(tree[1])
            try tree[1].compactLogs()
            try tree.sync((1, 2))
            #expect(try tree[2].psql("select text from item") == "b\n")
        }
    }

    /// Where only the first direction over an edge has been, the way back has its own beginning.
    @Test func theWayBackMayBeOpen() throws {
        try withTree(2, schema: itemTable) { tree in
            for node in tree.nodes { try node.psql("insert into item values (1, 'a')") }
            var options = SyncOptions()
            options.isOneWay = true
            try tree.sync((1, 2), options)
            try tree[2].psql("update item set text = 'b'")
            try date(tree[2])
            try tree[2].compactLogs()
            try tree.sync((1, 2))
            #expect(try tree[1].psql("select text from item") == "b\n")
        }
    }

    /// Nor for one that it has only staged.
    @Test func rowsMayBeStaged() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.sync((1, 2))
            try tree[1].psql("insert into item select i, 'a' from generate_series(1, 5) as i")
            try cutAfter(3, tree)
            try tree[1].psql("update item set text = 'b' where id = 1")
            try date(tree[1])
            try tree[1].compactLogs()
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// Sets the time of what was updated back.
    private func date(_ node: TestNode) throws {
        let relation = "select id from replication.relation where relid = 'item'::regclass"
        let id = try node.psql(relation).dropLast()
        try node.psql(
            "update replication.log_\(id) set changed_at = '2001-01-01' where action = 'U'")
    }

    @Test func conflictsAreDecidedAsBefore() throws {
        for isCompacted in [false, true] {
            try withTree(2, schema: itemTable) { tree in
                try tree[1].psql("insert into item values (1, 'a'), (2, 'a')")
                try tree.syncUntilQuiet()
                try tree[2].psql("update item set text = 'early' where id = 1")
                for text in ["b", "c", "d"] { try tree[1].psql("update item set text = '\(text)'") }
                try tree[2].psql("update item set text = 'late' where id = 2")
                if isCompacted { for node in tree.nodes { try node.compactLogs() } }
                try tree.syncUntilQuiet()
                #expect(try tree[1].psql("select text from item order by id") == "d\nlate\n")
                let history = "select loser ->> 'text' from replication.conflict order by 1"
                #expect(try tree[2].psql(history) == "d\nearly\n")
            }
        }
    }

    /// By columns, what an older entry says of another column is not said by the newer one.
    @Test func columnsAreKept() throws {
        let schema = "create table pair (id int primary key, a text, b text)"
        try withTree(2, schema: schema) { tree in
            try setPolicy(tree[1].connection, table: "pair", policy: "columns", argument: nil)
            try tree[1].psql("insert into pair values (1, 'x', 'x')")
            try tree.syncUntilQuiet()
            for statement in ["a = 'y'", "b = 'y'", "a = 'z'", "b = 'z'"] {
                try tree[1].psql("update pair set \(statement)")
            }
            try tree[2].psql("update pair set b = 'other'")
            let count = "select count(*) from replication.log where tablename = 'public.pair'"
            try tree[1].compactLogs()
            #expect(try tree[1].psql(count) == "3\n")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select a, b from pair") == "z|other\n")
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// While an agent is on an edge, or it is not known what a neighbour has, nothing is removed.
    @Test func nobodyElseIsAtWork() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree[1].psql("insert into item values (1, 'a')")
            try tree.syncUntilQuiet()
            try tree[1].psql("update item set text = 'b'")
            #expect(try Compaction.run(tree[1].connection).contains { $0.removed == 0 })
            let agent = try tree[1].session()
            try agent.script("select pg_advisory_lock(hashtext('trompe'), 1 << 15 | 2)")
            #expect(throws: ReplicationError.self) { try Compaction.run(tree[1].connection) }
            agent.close()
            try tree[1].psql("update replication.offer set offered = gen_random_uuid()")
            #expect(throws: ReplicationError.self) { try Compaction.run(tree[1].connection) }
        }
    }

    /// A sync compacts a log that has grown too large for its table, and not again at once.
    @Test func aSyncDoesItWhereItIsWorthIt() throws {
        try withTree(3, schema: itemTable) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psql("insert into item select i, 'a' from generate_series(1, 2000) as i")
            for _ in 1...15 { try tree[2].psql("update item set text = text || 'b'") }
            try tree[2].psql("analyze item; update replication.self set purged_at = null")
            try tree.sync((1, 2))
            #expect(try tree[2].psql(count) == "2000\n")
            for _ in 1...3 { try tree[2].psql("update item set text = text || 'b'") }
            try tree[2].psql("update replication.self set purged_at = null")
            try tree.sync((1, 2))
            #expect(try tree[2].psql(count) == "8000\n")
            try tree.syncUntilQuiet()
            #expect(try tree[2].contents() == tree[3].contents())
        }
    }
}
