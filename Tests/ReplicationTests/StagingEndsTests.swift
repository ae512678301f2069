import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// What is staged is thrown away where it does not fit any more, and disturbs nobody.
@Suite struct StagingEndsTests {
    /// What does not fit any more is thrown away: another shape, another place of the rows, a
    /// TRUNCATE, an edge that was ended.
    @Test(arguments: [
        "alter table item add other int default 7",
        "truncate item; insert into item values (1, 'x')",
        "alter table item alter text type text using text || 'y'",
        "select replication.detach(id) from replication.relation where relid = 'item'::regclass",
    ])
    func whatDoesNotFitIsThrownAway(change: String) throws {
        try withTree(2, schema: itemTable) { tree in
            for first in [1, 11] {
                try tree[1].psql(items(first...first + 3))
                try cutAfter(3, tree)
                if change.hasPrefix("truncate") {
                    try tree[1].psql(change)
                } else {
                    for node in tree.nodes { try node.psql(change) }
                }
                try tree.sync((1, 2), .bitByBit)
                #expect(try tree[1].contents() == tree[2].contents())
                #expect(try tree[2].psql("select count(*) from replication.staging") == "0\n")
                try tree.syncUntilQuiet()
                for node in tree.nodes {
                    try node.psqlHere("alter table item drop if exists other")
                }
            }
        }
    }

    /// Begun under another watermark, it says nothing about what is pending now.
    @Test func anotherWatermarkEndsIt() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.sync((1, 2))
            try tree[1].psql(items(1...4))
            try cutAfter(3, tree)
            let id = try tree[2].psql("select id from replication.staging").dropLast()
            try tree[2].psql(
                """
                update replication.staging set received = '1:1:';
                update replication.staged_\(id) set c2 = 'of another time'
                """)
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[2].psql("select distinct text from item") == "a\n")
        }
    }

    @Test func anEndedEdgeLeavesNothing() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree[1].psql(items(1...4))
            try cutAfter(2, tree)
            try tree.edge((1, 2)).unlink()
            #expect(try tree[2].psql(stagedTables) == "")
            #expect(try tree[2].psql("select count(*) from replication.staging") == "0\n")
            #expect(try tree[1].psql("select count(*) from replication.staging_mark") == "0\n")
            try tree.edge((1, 2)).link()
            try cutAfter(2, tree)
            try Installation.uninstall(tree[2].connection, isForced: true)
            #expect(try tree[2].psql(stagedTables) == "")
        }
    }

    /// A dry run stages nothing for later, and leaves what is staged.
    @Test func aDryRunKeepsWhatIsThere() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree[1].psql(items(1...4))
            var trial = SyncOptions.bitByBit
            trial.isDryRun = true
            #expect(try tree.sync((1, 2), trial).directions[0].moved == 4)
            #expect(try staged(tree) == "none")
            try cutAfter(4, tree)
            try tree[1].psql("update item set text = 'b' where id = 4")
            #expect(try tree.sync((1, 2), trial).directions[0].moved == 4)
            #expect(try staged(tree) == "1a 2a 3a 4a\n")
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// The source's promise that what was staged is on its disk.
    @Test func aSourceThatLostTheMarkIsReadAnew() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.sync((1, 2))
            try tree[1].psql(items(1...4))
            try cutAfter(3, tree)
            try tree[1].psql(lossOfTheMark + "update item set text = 'b' where id = 1")
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[2].psql("select id || text from item order by id") == "1b\n3a\n4a\n")
        }
    }

    /// Publications of all tables, and dumps, are not disturbed.
    @Test func othersDoNotNotice() throws {
        try withTree(2, schema: itemTable) { tree in
            for node in tree.nodes { try node.psql("create publication p for all tables") }
            try tree[1].psql(items(1...4))
            try cutAfter(3, tree)
            try tree[1].psql("update item set text = 'b' where id = 1")
            // As pg_dump would hold it.
            let reader = try tree[2].session()
            let id = try tree[2].psql("select id from replication.staging").dropLast()
            try reader.script("begin; lock table replication.staged_\(id) in access share mode")
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[2].psql(stagedTables) == "staged_\(id)\n")
            try reader.script("commit")
            try tree[1].psql(items(5...6))
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[2].psql(stagedTables) == "")
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// A crash of the server takes what was staged; what was committed is there.
    @Test func aCrashOfTheServerBeginsAgain() throws {
        let server = try ThrowawayCluster()
        let names = try ["a", "b"].map { try server.createDatabase($0) }
        func open() throws -> [Connection] { try names.map { try Connection($0) } }
        for (number, session) in try open().enumerated() {
            try session.script("create table public.item (id int primary key, text text)")
            _ = try Installation.install(session, number: number + 1)
        }
        let first = try open()
        try Edge(first[0], first[1]).link()
        try first[0].script(
            "insert into public.item select i, repeat('x', 3000) from generate_series(1, 50) as i")
        for round in 1...2 {
            let ends = try open()
            var seen = 0
            #expect(throws: ReplicationError.self) {
                try Edge(ends[0], ends[1]).sync(.bitByBit) { _ in
                    seen += 1
                    if seen == 10 * round { try? server.restart(immediate: true) }
                }
            }
            let after = try open()
            try after[0].script(
                "set session_replication_role = origin;"
                    + "update public.item set text = 'y' where id = \(round)")
            let left = try after[1].query("select count(*) as count from replication.staging")
            #expect(try left.first?.int("count") == 0)
        }
        let last = try open()
        let report = try Edge(last[0], last[1]).sync(.bitByBit)
        #expect(report.directions[0].moved == 50)
        let rows = try last[1].query(
            "select count(*) as count from public.item where (text = 'y') = (id in (1, 2))")
        #expect(try rows.first?.int("count") == 50)
        #expect(try last[1].query(SQL(raw: stagedTables)).isEmpty)
        try server.remove()
    }

    /// Of a large table that has changed little it need not be remembered that it was tried.
    @Test func onlyALargeBacklogIsRemembered() throws {
        let mark = "select was_tried from replication.neighbour"
        try withTree(2, schema: bigTable) { tree in
            try tree[1].psql(bigRows(100, bytes: 100_000) + "; analyze big")
            try tree.syncUntilQuiet()
            let user = try tree[2].session()
            defer { user.close() }
            try user.script("begin; select from big for update")
            var options = SyncOptions()
            options.lockTimeoutMilliseconds = 100
            options.retryLimit = 0
            // However busy the machine is.
            options.nearSeconds = 10
            for (condition, isRemembered) in [("id = 1", "f\n"), ("true", "t\n")] {
                try tree[1].psql("update big set data = data || 'x' where \(condition)")
                #expect(throws: (any Error).self) { try tree.sync((1, 2), options) }
                #expect(try tree[2].psql(mark) == isRemembered, "\(condition)")
            }
            try user.script("rollback")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql(mark) == "f\n")
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }
}
