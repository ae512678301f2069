import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// A node that went back in time is noticed before anything changes; crashes raise no false alarm.
@Suite struct OfferTests {
    private func withSyncedPair(_ body: (TestTree) throws -> Void) throws {
        try withTree(2, schema: noteTable) { tree in
            for round in 1...2 {
                for node in tree.nodes {
                    try node.psql("insert into note values (\(node.number * 10 + round), 'x')")
                }
                try tree.sync((1, 2))
            }
            try body(tree)
        }
    }

    private func expectWentBack(_ error: ReplicationError) {
        if case .wentBack = error {} else { Issue.record("\(error)") }
        #expect(error.message.contains("cannot go on"))
        #expect(error.hint?.contains("trompe rejoin") == true)
        #expect(error.exitStatus == 1)
    }

    private func expectNotOriginal(_ error: ReplicationError, _ database: String) {
        #expect(error == .notOriginal(database: database, neighbour: "B"))
        #expect(error.hint?.contains("trompe rejoin \(database) B") == true)
        #expect(error.exitStatus == 1)
    }

    private func name(of node: TestNode) -> String {
        let word = node.conninfo.split(separator: " ").first { $0.hasPrefix("dbname=") } ?? ""
        return String(word.dropFirst(7)).replacing("'", with: "")
    }

    @Test func aDumpRestoredOverItsNodeIsRefusedAndCanBeMadeANodeAgain() throws {
        try withSyncedPair { tree in
            let dump = try tree[1].dump()
            tree[1].connection.close()
            let server = try Servers.server(of: 1)
            try Connection(server.conninfo()).script(
                "drop database \(quoteIdentifier(name(of: tree[1]))) with (force)")
            try server.createDatabase(name(of: tree[1]))
            try tree[1].psql(dump)
            let restored = try Connection(tree[1].conninfo, label: "A")
            try tree[2].psql("insert into note values (99, 'x')")
            let before = try tree[2].contents()
            let error = try refusal {
                _ = try Edge(restored, tree[2].connection).sync()
            }
            expectNotOriginal(error, "A")
            #expect(try tree[2].contents() == before)
            #expect(try tree[1].psql("select count(*) from note where id = 99") == "0\n")
            #expect(try Status(restored).warnings.contains { $0.contains("restored from a dump") })
            // There is another way than to rejoin: as a node made anew.
            try Installation.uninstall(restored, isForced: true)
            _ = try Installation.install(restored, number: 1, name: "A")
            try Edge.forget(1, at: tree[2].connection)
            let edge = try Edge(restored, tree[2].connection)
            try edge.link()
            var merging = SyncOptions()
            merging.merges = true
            _ = try edge.sync(merging)
            #expect(try edge.sync().isQuiet)
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    @Test func aCopyIsRefusedAndTheOriginalGoesOn() throws {
        try withSyncedPair { tree in
            tree[1].connection.close()
            let server = try Servers.server(of: 1)
            let copied = name(of: tree[1]) + "_copy"
            let conninfo = try server.createDatabase(copied, template: name(of: tree[1]))
            defer {
                try? Connection(server.conninfo()).script(
                    "drop database \(quoteIdentifier(copied)) with (force)")
            }
            let copy = try Connection(conninfo, label: "copy")
            let original = try Connection(tree[1].conninfo, label: "A")
            for attempt in [
                { _ = try Edge(copy, tree[2].connection).sync() },
                { _ = try Edge(tree[2].connection, copy).sync() },
                { try Edge(copy, tree[2].connection).link() },
                { try Edge(copy, tree[2].connection).unlink() },
                { try Edge(tree[2].connection, copy).unlink() },
            ] { expectNotOriginal(try refusal(attempt), "copy") }
            #expect(throws: ReplicationError.self) { try Edge(original, copy) }
            try tree[1].psql("insert into note values (77, 'x')")
            let report = try Edge(original, tree[2].connection).sync()
            #expect(report.directions.map(\.moved) == [1, 0])
        }
    }

    /// What a file-system copy of an older day brings back: the offers of that day, with everything.
    @Test func aSourceThatForgotItsLastOffersIsRefused() throws {
        try withSyncedPair { tree in
            let old = try tree[1].psql("select seen, offered from replication.offer")
                .trimmingCharacters(in: .newlines).split(
                    separator: "|", omittingEmptySubsequences: false)
            for id in [51, 52] {
                try tree[1].psql("insert into note values (\(id), 'x')")
                try tree.sync((1, 2))
            }
            try tree[1].psql(
                """
                update replication.offer
                set seen = \(old[0] == "\\N" ? "null" : "'\(old[0])'"), offered = '\(old[1])',
                    xid = pg_current_xact_id()::text::bigint
                """)
            let before = try tree.nodes.map { try $0.contents() }
            expectWentBack(try refusal { try tree.sync((1, 2)) })
            expectWentBack(try refusal { try tree.sync((2, 1)) })
            #expect(try tree.nodes.map { try $0.contents() } == before)
            // There is another way than to rejoin: as if they had never met.
            try tree.edge((1, 2)).unlink()
            try tree.edge((1, 2)).link()
            var merging = SyncOptions()
            merging.merges = true
            try tree.syncUntilQuiet(merging)
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// An agent that dies after the offer and before the target's commit, again and again, and syncs
    /// of one direction only.
    @Test func crashesAndOneWaySyncsAreNoAlarm() throws {
        try withSyncedPair { tree in
            var oneWay = SyncOptions()
            oneWay.isOneWay = true
            for round in 100..<104 {
                for node in tree.nodes {
                    try node.psql("insert into note values (\(round * 10 + node.number), 'x')")
                }
                for _ in 0..<(round - 100) {
                    let token = try tree[2].psql(
                        "select received_token from replication.neighbour where number = 1"
                    ).trimmingCharacters(in: .newlines)
                    try tree[1].psql("select replication.make_offer(2, '\(token)')")
                }
                try tree.sync(round.isMultiple(of: 2) ? (1, 2) : (2, 1), oneWay)
                try tree.sync((1, 2), oneWay)
            }
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[1].psql("select count(*) from note") == "12\n")
        }
    }

    /// A new server counts transactions and databases anew: by chance all numbers can be as they
    /// were. Also of a node that nobody has a watermark of.
    @Test(arguments: [true, false])
    func aDumpIsNoticedWhateverNumbersTheNewServerHas(hasOffers: Bool) throws {
        try withTree(1, schema: noteTable) { tree in
            if hasOffers { try tree[1].psql("select replication.make_offer(2, null)") }
            let dump = try tree[1].dump()
            try tree[1].restore(dump)
            // As if the databases had one number.
            try tree[1].psql(
                """
                update replication.self set database = (
                    select oid from pg_database where datname = current_database())
                """)
            #expect(try tree[1].psql("select replication.is_original()") == "f\n")
            // As if the COPY had had the number that some of the rows name.
            for value in [false, true] {
                try tree[1].psql(
                    """
                    begin;
                    delete from replication.offer;
                    delete from replication.birthmark;
                    insert into replication.birthmark
                    values (\(value), pg_current_xact_id()::text::bigint),
                        (not \(value), pg_current_xact_id()::text::bigint);
                    commit
                    """)
                #expect(try tree[1].psql("select replication.is_original()") == "f\n")
            }
        }
    }

    @Test func vacuumingIsNoAlarm() throws {
        try withSyncedPair { tree in
            try tree[1].psql("vacuum (full, freeze)")
            try tree[2].psql("vacuum freeze")
            try tree[1].psql("cluster replication.offer using offer_pkey")
            try tree[1].psql("insert into note values (70, 'x')")
            #expect(try tree.sync((1, 2)).directions.map(\.moved) == [1, 0])
            #expect(
                try tree.nodes.allSatisfy {
                    try $0.psql("select replication.is_original()") == "t\n"
                })
        }
    }

    /// A crash takes what was committed but not yet on the disk: of what the neighbour has, nothing.
    @Test func aCrashThatLosesTransactionsIsNoAlarmWhereTheNeighbourHasNoneOfThem() throws {
        let lazy = [
            "synchronous_commit": "off", "wal_writer_delay": "10s", "wal_writer_flush_after": "1GB",
            "autovacuum": "off",
        ]
        try withOwnServer(edges: [(1, 2), (2, 3)], schema: noteTable, settings: lazy) {
            scene, server in
            var lost = 0
            // What the server has written to its disk by then is not lost, and says nothing.
            for round in 1...20 where lost < 2 {
                try scene[1].psql("insert into note values (\(round), 'kept')")
                try scene[2].psql("insert into note values (\(round + 100), 'kept')")
                try scene.syncUntilQuiet()
                let number = try scene[1].psql(
                    "insert into note values (\(round + 200), 'late') returning xmin")
                try server.restart(immediate: true)
                guard
                    try scene[1].psql("select count(*) from note where id = \(round + 200)")
                        == "0\n"
                else { continue }
                let again = try scene[1].psql(
                    "insert into note values (\(round + 300), 'kept') returning xmin")
                // Part of what was lost may be on the disk: then the number is not used again.
                guard Int(again.dropLast()) ?? 0 <= Int(number.dropLast()) ?? 0 else { continue }
                lost += 1
                try scene.syncUntilQuiet()
                try scene.expectEqual()
                #expect(
                    try scene[3].psql("select count(*) from note where id = \(round + 300)")
                        == "1\n"
                )
            }
            #expect(lost == 2)
        }
    }

    /// What a neighbour has sent it may purge as soon as it hears that it has arrived: a direction is
    /// on the disk when it ends, whatever the target's own settings.
    @Test func aCrashDoesNotLoseWhatANeighbourHasSent() throws {
        let lazy = [
            "synchronous_commit": "off", "wal_writer_delay": "10s", "wal_writer_flush_after": "1GB",
            "autovacuum": "off",
        ]
        try withOwnServer(edges: [(1, 2)], schema: noteTable, settings: lazy) { scene, server in
            try scene[2].psql("update replication.self set keep = '0'")
            try scene.syncUntilQuiet()
            // In each round the server may have written it to its disk by chance.
            for round in 1...6 {
                try scene[2].psql("insert into note values (\(round), 'sent')")
                try scene.sync(1, 2)
                try server.restart(immediate: true)
                #expect(try scene[1].psql("select count(*) from note") == "\(round)\n")
            }
            try scene.syncUntilQuiet()
            #expect(try scene[1].contents() == scene[2].contents())
        }
    }

    /// A standby that took over without the last transactions: it goes on where the neighbour has
    /// none of them, else it is refused, also where all that it lost had come from the neighbour.
    @Test func aLaggingStandbyThatTookOver() throws {
        for lost in ["nothing sent", "sent", "received"] {
            try withOwnServer(edges: [(1, 2), (2, 3)], schema: noteTable) { scene, server in
                try scene[1].psql("insert into note values (1, 'x')")
                try scene.syncUntilQuiet()
                try server.copyFiles(to: "standby")
                try scene[lost == "received" ? 2 : 1].psql("insert into note values (2, 'y')")
                if lost != "nothing sent" { try scene.sync(1, 2) }
                try server.restoreFiles(from: "standby")
                try scene[1].psql("insert into note values (3, 'z')")
                if lost == "nothing sent" {
                    try scene.syncUntilQuiet()
                } else {
                    try scene.expectRefusal(1, 2, "A: has gone back in time")
                    try scene.rejoin(1, 2)
                    try scene.syncUntilQuiet()
                }
                try scene.expectEqual()
                let all = lost == "nothing sent" ? "1\n3\n" : "1\n2\n3\n"
                #expect(try scene[3].psql("select id from note order by id") == all)
            }
        }
    }
}
