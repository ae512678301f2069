import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// A node that went back in time comes back: nothing is lost, and nothing that was overwritten wins.
@Suite struct RejoinTests {
    /// What happened before the backup, after it, and after the restore; the same for every way to
    /// go back. `A` is number 1, `edges` say where it is.
    private func story(
        _ scene: Rejoining, far: Int, near: Int, backUp: () throws -> Void,
        restore: () throws -> Void
    ) throws {
        try scene[1].psql(
            """
            insert into item (name) values ('untouched'), ('changed by A'), ('deleted by A'),
                ('changed by B'), ('deleted by C'), ('changed later'), ('deleted later');
            insert into part (item) select id from item where name = 'untouched'
            """)
        try scene.syncUntilQuiet()
        try backUp()
        // A life that A forgets, but the others do not.
        try scene[1].psql(
            """
            update item set name = 'changed by A, as B knows' where name = 'changed by A';
            delete from item where name = 'deleted by A';
            insert into item (name) values ('born in a lost life'), ('born and deleted')
            """)
        try scene[near].psql(
            "update item set name = 'changed by B, really' where name = 'changed by B'")
        try scene[far].psql("delete from item where name = 'deleted by C'")
        try scene.syncUntilQuiet()
        try scene[1].psql("delete from item where name = 'born and deleted'")
        try scene.syncUntilQuiet()
        try scene[1].psql("insert into item (name) values ('nobody has heard of it')")
        try scene[near].psql("insert into item (name) values ('not sent yet')")
        try restore()
        // And what is done before the rejoin. A pair of large objects stands for what it forgets.
        try scene[1].psql(
            """
            insert into replication.object_pair values (\(near), 1, 1, 1, 1);
            update item set name = 'changed after the restore' where name = 'changed later';
            delete from item where name = 'deleted later'
            """)
    }

    static let outcome = [
        "born in a lost life", "changed after the restore", "changed by A, as B knows",
        "changed by B, really", "not sent yet", "untouched",
    ]

    /// All that must hold in the end.
    private func expectOutcome(_ scene: Rejoining) throws {
        let numbers = try Set(
            scene[1].psql("select id from item").split(separator: "\n").map(String.init))
        for node in scene.nodes {
            try node.psql("insert into item (name) values ('fresh of \(node.letter)')")
        }
        try scene.syncUntilQuiet()
        try scene.expectEqual()
        let fresh = scene.nodes.map { "fresh of \($0.letter)" }
        #expect(try scene.names(1) == (Self.outcome + fresh).sorted())
        let drawn = try scene[1].psql("select id from item where name like 'fresh%'")
            .split(separator: "\n").map(String.init)
        #expect(numbers.isDisjoint(with: drawn))
        // A has drawn 1, 101, ... 601 for the first seven, 701 and 801 in its lost life.
        let ofA = try scene[1].psql("select id from item where name = 'fresh of A'")
        #expect(Int(ofA.dropLast()) ?? 0 > 801)
        #expect(try scene[1].psql("select count(*) from part") == "1\n")
        #expect(
            try scene[1].psql("select name || ' ' || identity from replication.member order by 1")
                == scene[3].psql(
                    "select name || ' ' || identity from replication.member order by 1")
        )
        #expect(try scene[1].psql("table replication.object_pair") == "")
        for node in scene.nodes {
            #expect(try node.psql("select count(*) from replication.member") == "3\n")
            #expect(try node.psql("select count(*) from replication.edge") == "2\n")
            let warnings = try Status(try Connection(node.conninfo)).warnings
            #expect(!warnings.contains { $0.contains("rejoin") })
        }
    }

    @Test func aLeafRestoredFromADump() throws {
        try withScene(edges: [(1, 2), (2, 3)]) { scene in
            var dump = ""
            try story(scene, far: 3, near: 2) {
                dump = try scene[1].dump()
            } restore: {
                try scene[1].restore(dump)
            }
            try scene.expectRefusal(1, 2, "A: is a copy of a node, or was restored from a dump")
            let report = try scene.rejoin(1, 2)
            #expect(report.returned == ["A"] && report.waiting.isEmpty)
            #expect(report.sync.directions.map(\.source) == ["A", "B"])
            try scene.syncUntilQuiet()
            try expectOutcome(scene)
            // It was only needed once, and does no harm again.
            let again = try scene.rejoin(1, 2)
            #expect(again.returned.isEmpty && again.sync.isQuiet)
        }
    }

    @Test func aNodeInTheMiddleRestoredFromADump() throws {
        try withScene(edges: [(2, 1), (1, 3)]) { scene in
            var dump = ""
            try story(scene, far: 3, near: 2) {
                dump = try scene[1].dump()
            } restore: {
                try scene[1].restore(dump)
            }
            try scene.expectRefusal(1, 2, "A: is a copy of a node, or was restored from a dump")
            try scene.expectRefusal(1, 3, "A: is a copy of a node, or was restored from a dump")
            // Named in the other order, the node that went back is found all the same.
            let report = try scene.rejoin(2, 1)
            #expect(report.returned == ["A"])
            #expect(report.waiting.map(\.neighbour) == ["C"])
            try scene.sync(1, 2)
            try scene.expectRefusal(1, 3, "A: came back from an older state", "rejoin A C")
            #expect(
                try Status(scene.connect(1)).warnings
                    .contains("the edge to C waits for trompe rejoin"))
            #expect(try scene.rejoin(1, 3).returned.isEmpty)
            try scene.syncUntilQuiet()
            try expectOutcome(scene)
        }
    }

    @Test func aLeafWhoseFilesWereRestored() throws {
        try withOwnServer(edges: [(1, 2), (2, 3)]) { scene, server in
            try story(scene, far: 3, near: 2) {
                try server.copyFiles(to: "backup")
            } restore: {
                try server.restoreFiles(from: "backup")
            }
            try scene.expectRefusal(
                1, 2, "A: has gone back in time, and cannot go on with B", "rejoin A B")
            #expect(try scene.rejoin(2, 1).returned == ["A"])
            try scene.syncUntilQuiet()
            try expectOutcome(scene)
        }
    }

    @Test func aNodeInTheMiddleWhoseFilesWereRestored() throws {
        try withOwnServer(edges: [(2, 1), (1, 3)]) { scene, server in
            try story(scene, far: 3, near: 2) {
                try server.copyFiles(to: "backup")
            } restore: {
                try server.restoreFiles(from: "backup")
            }
            // C has numbers of A's that B lacks; B is asked first.
            try scene.expectRefusal(1, 2, "A: has gone back in time")
            try scene.expectRefusal(1, 3, "A: has gone back in time")
            try scene.rejoin(1, 2, witnesses: [3])
            try scene.expectRefusal(1, 3, "A: came back from an older state", "rejoin A C")
            try scene.rejoin(3, 1)
            try scene.syncUntilQuiet()
            try expectOutcome(scene)
        }
    }

    /// Interrupted after each of its steps, and run again.
    @Test func itGoesOnWhereItWasInterrupted() throws {
        try withScene(edges: [(1, 2), (2, 3)]) { scene in
            var dump = ""
            try story(scene, far: 3, near: 2) {
                dump = try scene[1].dump()
            } restore: {
                try scene[1].restore(dump)
            }
            let b = try Node(scene.connect(2))
            let identity = try scene[2].psql("select identity from replication.self").dropLast()
            try scene[1].psql(
                "select replication.come_back(1, null, 2, '\(b.name)', '\(identity)')")
            try scene.expectRefusal(1, 2, "A: came back from an older state", "rejoin A B")
            let another = try scene[1].psql("select identity from replication.self").dropLast()
            try scene[2].psql("select replication.meet_again(1, 'A', '\(another)')")
            try scene.expectRefusal(1, 2, "A: came back from an older state", "rejoin A B")
            // The way back fails, as somebody holds the table.
            let user = try scene[1].session()
            try user.script("begin; lock table item in exclusive mode")
            var options = Rejoin.Options()
            options.lockTimeoutMilliseconds = 20
            let half = try refusal { try scene.rejoin(1, 2, options) }
            #expect(half.message.hasPrefix("A to B is done; B to A is not"))
            try user.script("rollback")
            try scene.expectRefusal(1, 2, "A: came back from an older state", "rejoin A B")
            try scene[1].psql("insert into item (name) values ('between')")
            try scene[1].psql("delete from item where name = 'between'")
            #expect(try scene.rejoin(1, 2).returned.isEmpty)
            try scene.syncUntilQuiet()
            try expectOutcome(scene)
        }
    }

    /// The logs forget what all have. An old row of the backup must not win for that reason, nor by
    /// the policy: it was not changed against the other, but before it. `word` has the policy newest.
    @Test func anOldRowDoesNotWinWhereTheLogsForgot() throws {
        let schema = Rejoining.schema + "create table word (id serial primary key, name text)"
        try withOwnServer(edges: [(1, 2), (2, 3)], schema: schema) { scene, server in
            try setPolicy(
                scene.connect(1), table: "item", policy: "priority", argument: "1")
            for table in ["item", "word"] {
                try scene[1].psql("insert into \(table) (name) values ('old'), ('older'), ('gone')")
            }
            try scene.syncUntilQuiet()
            try scene[1].psql("update item set name = 'old of A' where name = 'old'")
            try scene[1].psql("update word set name = 'old of A' where name = 'old'")
            try scene.syncUntilQuiet()
            try server.copyFiles(to: "backup")
            for table in ["item", "word"] {
                try scene[3].psql("update \(table) set name = 'new' where name like 'old%'")
                try scene[2].psql("delete from \(table) where name = 'gone'")
            }
            try scene.syncUntilQuiet()
            for node in scene.nodes {
                try node.psql("update replication.self set keep = '-1 day'")
            }
            for _ in 1...2 {
                for node in scene.nodes {
                    try node.psql("insert into part (item) select min(id) from item")
                }
                try scene.syncUntilQuiet()
            }
            #expect(
                try scene[2].psql(
                    """
                    select count(*)
                    from replication.log
                    where tablename in ('public.item', 'public.word')
                    """) == "0\n")
            try server.restoreFiles(from: "backup")
            try scene.expectRefusal(1, 2)
            try scene.rejoin(1, 2)
            try scene.syncUntilQuiet()
            try scene.expectEqual()
            // The delete is in no log any more: the row is everywhere again.
            #expect(try scene.names(3) == ["gone", "new", "new"])
            #expect(try scene[3].psql("select name from word order by 1") == "gone\nnew\nnew\n")
            #expect(try scene[1].psql("select count(*) from part") == "6\n")
            let losers = try Conflict.all(scene.connect(3)).compactMap(\.loser.row)
            #expect(losers.count { $0.contains("old of A") } == 2)
        }
    }

    /// A number that was drawn again before anybody noticed: a conflict, whose loser is kept.
    @Test func aNumberDrawnTwiceIsAConflict() throws {
        try withScene(edges: [(1, 2)]) { scene in
            try scene[1].psql("insert into item (name) values ('first')")
            try scene.syncUntilQuiet()
            let dump = try scene[1].dump()
            try scene[1].psql("insert into item (name) values ('of the lost life')")
            try scene.syncUntilQuiet()
            try scene[1].restore(dump)
            try scene[1].psql("insert into item (name) values ('of this life')")
            try scene.rejoin(1, 2)
            try scene.syncUntilQuiet()
            try scene.expectEqual()
            #expect(try scene.names(2) == ["first", "of this life"])
            let losers = try Conflict.all(scene.connect(2)).map(\.loser.row)
            #expect(losers == [#"{"id":101,"name":"of the lost life"}"#])
            try scene[1].psql("insert into item (name) values ('third')")
            #expect(try scene[1].psql("select max(id) from item") == "201\n")
        }
    }

    /// Changes of schema that a node has lost come back with the rows, its own and others'.
    @Test func changesOfSchemaComeBackToo() throws {
        try withScene(edges: [(1, 2)]) { scene in
            try scene.syncUntilQuiet()
            let dump = try scene[1].dump()
            try scene[1].psql(
                """
                alter table item rename name to called;
                create table more (id int primary key, item int);
                insert into more values (1, 7);
                """)
            try scene.syncUntilQuiet()
            try scene[2].psql("alter table more add n int default 4")
            try scene.syncUntilQuiet()
            try scene[1].restore(dump)
            try scene[1].psql("insert into item (name) values ('after the restore')")
            try scene.rejoin(1, 2)
            try scene.syncUntilQuiet()
            try scene.expectEqual()
            #expect(
                try scene[2].psql("select called from item; table more")
                    == "after the restore\n1|7|4\n")
            #expect(try scene[1].schema() == scene[2].schema())
        }
    }
}
