import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// The same names through what is rarer: staging, rows that wait, versions put back, and nodes that
/// come back.
extension NamesTests {
    @Test func theySurviveWaitingRestoringAndRejoining() throws {
        try withTree(2, schema: Self.schema, installing: false) { tree in
            for node in tree.nodes {
                _ = try Installation.install(
                    node.connection, number: node.number, name: node.letter + Self.tail)
            }
            try tree.edge((1, 2)).link()
            try tree[1].psql(
                """
                insert into \(Self.parent)
                select l, 'key', 10 * n
                from unnest(enum_range(null::\(Self.space).\(Self.label))) with ordinality as l (l, n);
                """)
            try sync(tree)
            try staging(tree)
            try columns(tree)
            try waiting(tree)
            try restoring(tree)
            try rejoining(tree)
        }
    }

    /// A backlog that comes in pieces, over a link that drops.
    private func staging(_ tree: TestTree) throws {
        try tree[1].psql(
            """
            insert into \(Self.child) (\(Self.key), \(Self.text), "c1")
            select '{a,b}', 'key', n from generate_series(1, 60) as n;
            insert into \(Self.parted)
            select n, p, 'x' from generate_series(1, 20) as n, unnest('{it''s,%s,z}'::text[]) as p;
            """)
        var cut = 0
        for pieces in [5, 9] {
            let error = try refusal { try tree.cutSync((1, 2), after: pieces) }
            guard case .cutOff(_, _, let staged, _) = error else { throw error }
            cut += staged.count { $0.contains(Self.child) || $0.contains(Self.parted) }
        }
        #expect(cut > 0)
        var options = SyncOptions()
        options.stagingBytes = 0
        options.pieceBytes = 0
        try sync(tree, options)
        #expect(try tree[2].psql("select count(*) from \(Self.parted)") == "60\n")
    }

    private func columns(_ tree: TestTree) throws {
        for table in [Self.parent, Self.child, Self.parted] {
            try setPolicy(tree[1].connection, table: table, policy: "columns", argument: nil)
        }
        try sync(tree)
        try tree[1].psql(
            """
            update \(Self.child) set "c1" = 1000 + "c1" where "c1" < 10;
            update \(Self.parent) set \(Self.value) = 5 where \(Self.key) = '%s';
            update \(Self.parted) set \(Self.value) = 'of A' where \(Self.key) = 7;
            """)
        try tree[2].psql(
            """
            update \(Self.child) set "changed_at" = 2 where "c1" < 10;
            update \(Self.child) set \(Self.text) = 'key' where "c1" > 50;
            update \(Self.parted) set \(Self.value) = 'of B' where \(Self.key) = 7;
            """)
        let before = try Conflict.all(tree[1].connection).count
        try sync(tree)
        #expect(
            try tree[1].psql(
                "select count(*) from \(Self.child) where \"c1\" > 1000 and \"changed_at\" = 2")
                == "9\n")
        #expect(
            try tree[1].psql("select distinct \(Self.value) from \(Self.parted)") == "x\nof B\n"
                || tree[1].psql("select distinct \(Self.value) from \(Self.parted)") == "of B\nx\n")
        #expect(try Conflict.all(tree[1].connection).count == before + 3)
    }

    /// A parent that a constraint of B's forbids, its child, and one that only another column's does.
    private func waiting(_ tree: TestTree) throws {
        let (low, few) = (Self.name("W"), Self.name("FEW"))
        try tree[2].psqlHere(
            """
            alter table \(Self.parent) add constraint \(low) check (\(Self.value) < 1000);
            alter table \(Self.child) add constraint \(few) check ("changed_at" < 100);
            """)
        try tree[1].psql(
            """
            insert into \(Self.parent) values ('it''s', 'waits', 2000);
            insert into \(Self.child) (\(Self.key), \(Self.text), "c1") values ('it''s', 'waits', 1);
            insert into \(Self.child) (\(Self.key), \(Self.text), "c1", "changed_at")
            values ('it''s', 'key', 2, 200);
            """)
        try tree.syncUntilQuiet()
        let rows = try WaitingRow.all(tree[2].connection)
        #expect(rows.map(\.table) == [Self.parent, Self.child, Self.child])
        #expect(
            Set(rows.map(\.constraint))
                == [Self.unquoted(low), Self.unquoted(few), Self.unquoted(Self.name("FK"))])
        let key = try tree[2].psql(
            """
            select key ->> \(quoteLiteral(Self.unquoted(Self.key)))
            from replication.waiting
            where tablename = \(quoteLiteral(Self.parent))
            """)
        #expect(key == "it's\n")
        try tree[2].psqlHere(
            """
            alter table \(Self.parent) drop constraint \(low);
            alter table \(Self.child) drop constraint \(few);
            """)
        try sync(tree)
        #expect(try WaitingRow.all(tree[2].connection).isEmpty)
        #expect(
            try tree[2].psql("select count(*) from \(Self.child) where \(Self.text) = 'waits'")
                == "1\n")
    }

    private func restoring(_ tree: TestTree) throws {
        let updates = Set(try Conflict.all(tree[1].connection).map(\.id))
        for table in [Self.parent, Self.parted, Self.child] {
            try setPolicy(tree[1].connection, table: table, policy: "newest", argument: nil)
        }
        try sync(tree)
        try tree[1].psql(
            """
            update \(Self.parent) set \(Self.value) = 7 where \(Self.key) = '{a,b}';
            update \(Self.parted) set \(Self.value) = 'of A' where \(Self.key) = 8;
            insert into \(Self.parent) values ('ü', 'of A', 500);
            """)
        try tree[2].psql(
            """
            update \(Self.parent) set \(Self.value) = 8 where \(Self.key) = '{a,b}';
            delete from \(Self.parted) where \(Self.key) = 8;
            insert into \(Self.parent) values ('ü', 'of B', 500);
            """)
        try sync(tree)
        try tree[2].psql("update \(Self.parent) set \(Self.value) = 9 where \(Self.key) = '{a,b}'")
        let fresh = try Conflict.all(tree[1].connection).filter { !updates.contains($0.id) }
        #expect(fresh.count == 5)
        for conflict in fresh {
            let session = try Connection(tree[2].conninfo, label: "B")
            if conflict.claimed != nil {
                #expect(conflict.claimed == Self.unquoted(Self.name("U")))
                let taken = try refusal { _ = try conflict.restore(session) }
                #expect(taken.message.contains(Self.parent) && taken.message.contains("500"))
                continue
            }
            let first = try conflict.restore(session)
            guard first.outcome == .refused else {
                #expect(first.outcome == .inserted && conflict.table == Self.parted)
                continue
            }
            #expect(conflict.table == Self.parent)
            #expect(
                first.differences.map { [$0.column, $0.winner, $0.present, $0.loser] } == [
                    [Self.unquoted(Self.value), "8", "9", "7"]
                ])
            #expect(try conflict.restore(session, isForced: true).outcome == .updated)
        }
        try sync(tree)
        #expect(
            try tree[1].psql(
                """
                select \(Self.value) from \(Self.parent) where \(Self.key) = '{a,b}';
                select distinct \(Self.value) from \(Self.parted) where \(Self.key) = 8
                """) == "7\nof A\n")
        for node in tree.nodes {
            let count = try Conflict.all(node.connection).count
            #expect(try Conflict.prune(node.connection, olderThan: "0").pruned == count)
            #expect(try Conflict.all(node.connection).isEmpty)
        }
    }

    /// The node comes back from a dump, and again from it as another node.
    private func rejoining(_ tree: TestTree) throws {
        let scene = Rejoining(nodes: tree.nodes, edges: [(1, 2)])
        let dump = try tree[1].dump()
        try tree[1].psql(
            """
            insert into \(Self.child) (\(Self.key), \(Self.text), "c1") values ('it''s', 'key', 3001);
            truncate \(Self.space).\(Self.name("T2"));
            """)
        try scene.syncUntilQuiet()
        for number in [1, 7] {
            try tree[1].restore(dump)
            try scene.expectRefusal(1, 2, "was restored from a dump")
            try tree[1].psql("delete from \(Self.parent) where \(Self.text) = 'of B'")
            var options = Rejoin.Options()
            options.node = number
            options.name = "N\(number)" + Self.tail
            try scene.rejoin(1, 2, options)
            try tree[1].psql(
                """
                insert into \(Self.child) (\(Self.key), \(Self.text), "c1")
                values ('it''s', 'key', 4000 + \(number));
                """)
            try scene.syncUntilQuiet()
            #expect(
                try tree[2].psql(
                    "select \(Self.name("I")) % 100 from \(Self.child) where \"c1\" = 4000 + \(number)"
                )
                    == "\(number)\n")
            #expect(
                try tree[2].psql(
                    "select count(*) from \(Self.parent) where \(Self.text) = 'of B'") == "0\n")
            #expect(
                try tree[1].psql("select name from replication.self")
                    .hasPrefix("N\(number)'\""))
        }
        let rows = try tree.nodes.map { Set(try $0.contents().components(separatedBy: "\n")) }
        #expect(Array(rows[0].symmetricDifference(rows[1]).prefix(3)) == [])
        #expect(try tree[1].psql("table public.note") == "")
    }
}
