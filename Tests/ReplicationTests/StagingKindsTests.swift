import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// What is not sent as plain rows is staged as well: it would else never get over a link that drops.
@Suite struct StagingKindsTests {
    /// The rest of a sync whose first direction was cut: it goes on behind so many rows, and the
    /// direction itself brings nothing but what is changed afterwards, two rows at the most.
    private func syncTheRest(
        _ tree: TestTree, behind rows: Int, changing change: String = "select"
    ) throws -> Edge.Report {
        var wentOn: [Int] = []
        try failInTheDirection(tree) { progress in
            if case .goingOn("public.item", let count) = progress { wentOn.append(count) }
        }
        #expect(wentOn.first == rows)
        try tree[1].psql(change)
        var options = SyncOptions()
        options.stagingBytes = .max
        let report = try tree.edge((1, 2)).sync(options)
        let systemBytes = 500
        #expect(report.directions[0].bytes < 2 * widePadding + systemBytes)
        return report
    }

    private let widePadding = 1000
    private var wideTable: String {
        "create table item (id int primary key, text text, pad text default repeat('p', "
            + "\(widePadding)))"
    }

    /// A table that was emptied and filled again. Where the target has changed nothing, it is
    /// emptied there too; else each row is decided on its own.
    @Test(arguments: [false, true])
    func anEmptiedTable(isContested: Bool) throws {
        try withTree(2, schema: wideTable) { tree in
            try tree[1].psql(items(1...4))
            try tree.sync((1, 2))
            // Of these rows, one comes back to A; A's TRUNCATE takes the other, or spares it.
            if isContested { try tree[2].psql(items(11...12, "B")) }
            try tree.sync((1, 2))
            try tree[1].psql("truncate item;" + items(3...8, "new"))
            if isContested {
                try tree[1].psql(items(11...11, "new"))
                try tree[2].psql(
                    "update item set text = 'B' where id = 2;" + items(20...20, "B"))
            }
            try cutAfter(3, tree)
            #expect(try staged(tree) == "3new 4new 5new\n")
            try tree[1].psql(
                "update item set text = 'c' where id = 3; delete from item where id = 4")
            let report = try syncTheRest(
                tree, behind: 3, changing: "update item set text = 'd' where id = 5")
            #expect(report.directions[0].tables.first?.isTruncated == !isContested)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select id || text from item order by id")
                        == (isContested ? "2B\n" : "") + "3c\n5d\n6new\n7new\n8new\n"
                        + (isContested ? "11new\n20B\n" : ""))
            }
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// A TRUNCATE after rows were staged, and another one after its own rows were.
    @Test func emptiedAgain() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree[1].psql(items(1...4))
            try tree.sync((1, 2))
            for round in 1...2 {
                try tree[1].psql("truncate item;" + items(1...4 - round, "\(round)"))
                try cutAfter(4 - round, tree)
            }
            try tree[1].psql("truncate item;" + items(4...4, "3"))
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[2].psql("select id || text from item") == "43\n")
        }
    }

    /// Which columns were changed is staged with the rows.
    @Test func changesOfColumns() throws {
        try withTree(2, schema: wideTable + "; alter table item add other text") { tree in
            try tree[1].psql(items(1...6) + "update item set other = 'a'")
            try setPolicy(tree[1].connection, table: "item", policy: "columns", argument: nil)
            try tree.syncUntilQuiet()
            try tree[1].psql("update item set text = 'A'")
            try tree[2].psql("update item set other = 'B' where id < 5")
            try cutAfter(4, tree)
            // One that was staged is changed again, in the column that B has changed.
            try tree[1].psql("update item set other = 'A' where id = 2")
            try tree[2].psql("update item set other = 'B' where id = 6")
            let report = try syncTheRest(
                tree, behind: 4, changing: "update item set other = 'A' where id = 5")
            #expect(report.directions[0].conflicts == 1)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select id || text || other from item order by id")
                        == "1AB\n2AA\n3AB\n4AB\n5AA\n6AB\n")
            }
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// The policy arrives with the rows that were staged before.
    @Test func thePolicyComesWithTheRows() throws {
        try withTree(2, schema: wideTable) { tree in
            try tree[1].psql(items(1...3))
            try tree.syncUntilQuiet()
            try setPolicy(tree[1].connection, table: "item", policy: "columns", argument: nil)
            try tree[1].psql("update item set text = 'b'")
            try cutAfter(3, tree)
            _ = try syncTheRest(tree, behind: 3)
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[2].psql("select text from item") == "b\nb\nb\n")
        }
    }

    /// A node that went back in time comes back, also with rows of which nothing is pending, and
    /// whatever is written into its log meanwhile.
    @Test(arguments: [false, true])
    func aNodeThatReturns(isHeld: Bool) throws {
        let edges = [(1, 2)]
        try withScene(edges: edges, schema: itemTable) { scene in
            try scene[1].psql(items(1...6))
            try scene.syncUntilQuiet()
            let dump = try scene[1].dump()
            try scene[2].psql(
                "update item set text = 'B' where id in (2, 5); delete from item where id = 3")
            try scene.syncUntilQuiet()
            try scene[1].restore(dump)
            try scene[1].psql("update item set text = 'new' where id = 6;" + items(9...9))
            // No log has ever heard of them.
            try scene[1].psql("set session_replication_role = replica;" + items(7...8))
            try #require(throws: (any Error).self) { try cutRejoin(scene, after: 4) }
            #expect(try scene[2].psql("select count(*) from replication.staging") == "1\n")
            try changeOfOld(scene)
            #expect(try goesOnBehindFour(scene, isHeld: isHeld))
            if isHeld {
                try changeOfOld(scene)
                // All is staged, and what has changed since is fetched in the direction.
                try scene.rejoin(1, 2)
            }
            try scene.syncUntilQuiet()
            try scene.expectEqual()
            #expect(
                try scene[1].psql("select id || text from item order by id")
                    == "1newer\n2B\n4a\n5B\n6new\n7a\n8a\n9a\n")
            #expect(try scene[2].psql(stagedTables) == "")
        }
    }

    /// As where a trigger was missing for a while: each row is in the log, and none is news.
    private func changeOfOld(_ scene: Rejoining) throws {
        try scene[1].psql(
            """
            select replication.log_all(id) from replication.relation where relid = 'item'::regclass;
            update item set text = 'newer' where id = 1
            """)
    }

    /// Rejoins, unless B is held so that the direction fails.
    private func goesOnBehindFour(_ scene: Rejoining, isHeld: Bool) throws -> Bool {
        let holder = try scene[2].session()
        if isHeld { try holder.script("begin; select from replication.neighbour for update") }
        var wentOn = false
        var options = Rejoin.Options.bitByBit
        options.lockTimeoutMilliseconds = 100
        let sides = try (scene.connect(1), scene.connect(2))
        let outcome = Result {
            try Rejoin.run(sides.0, sides.1, options) { progress in
                if case .goingOn("public.item", 4) = progress { wentOn = true }
            }
        }
        try holder.script("rollback")
        if isHeld {
            #expect(throws: PostgresError.self) { try outcome.get() }
        } else {
            _ = try outcome.get()
        }
        return wentOn
    }

    private func cutRejoin(_ scene: Rejoining, after rows: Int) throws {
        let target = try scene.connect(2)
        let executioner = try scene.connect(2)
        var seen = 0
        _ = try Rejoin.run(scene.connect(1), target, .bitByBit) { progress in
            guard case .staging("public.item", _) = progress else { return }
            seen += 1
            if seen == rows {
                _ = try? executioner.query(
                    "select pg_terminate_backend(\(target.backendPID)::int, 10000)")
            }
        }
    }

    /// Tables none of which is large, but all of them together are.
    @Test func manyTables() throws {
        let tables = (1...4).map { "create table t\($0) (id int primary key, text text);" }
        try withTree(2, schema: tables.joined()) { tree in
            try tree.sync((1, 2))
            for number in 1...4 {
                try tree[1].psql(
                    "insert into t\(number) select i, repeat('x', 1000)"
                        + " from generate_series(1, \(50 + 10 * number)) as i")
            }
            var options = SyncOptions()
            options.stagingBytes = 250_000
            try failInTheDirection(tree, options)
            // What is left to the direction is less than what was said.
            let names =
                "select c.relid from replication.staging as s join replication.relation as c"
            #expect(
                try tree[2].psql("\(names) on c.id = s.relation order by 1") == "t3\nt4\n")
            try tree.sync((1, 2), options)
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[2].psql(stagedTables) == "")
        }
    }

    /// The link drops between the new mark and the new stage: what was worthless stays so.
    @Test func aLostMarkIsNotMadeGoodAgain() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.sync((1, 2))
            try tree[1].psql(items(1...4))
            try cutAfter(3, tree)
            try tree[1].psql(lossOfTheMark)
            let proxy = try Proxy(tree[2].conninfo)
            defer { proxy.close() }
            proxy.rule { $0.statement.contains("make_staging") ? .cut : .pass }
            let ends = try (Connection(tree[1].conninfo), Connection(proxy.conninfo))
            #expect(throws: (any Error).self) { try Edge(ends.0, ends.1).sync(.bitByBit) }
            #expect(try tree[1].psql("select count(*) from replication.staging_mark") == "1\n")
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[2].psql("select id || text from item order by id") == "1a\n3a\n4a\n")
        }
    }
}

extension Rejoin.Options {
    /// As `SyncOptions.bitByBit`.
    fileprivate static var bitByBit: Rejoin.Options {
        var options = Rejoin.Options()
        options.stagingBytes = 0
        options.pieceBytes = 0
        return options
    }
}
