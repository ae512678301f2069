import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// A node and its copy that both live on: one of the two must take a number of its own.
@Suite struct NodeCopyTests {
    /// What a refused rejoin says.
    private func expectNeedsNumber(_ body: () throws -> Void) throws {
        let error = try refusal(body)
        guard case .copyNeedsNumber = error else { throw error }
        #expect(error.hint?.contains("--node N") == true)
        #expect(error.hint?.contains("--replace") == true)
    }

    /// Copies the database A, and gives the copy as a node with the number.
    private func withCopy(
        _ scene: Rejoining, number: Int, _ body: (Rejoining) throws -> Void
    ) throws {
        scene[1].connection.close()
        let server = try Servers.server(of: 1)
        let name = scene[1].database + "_copy"
        try server.createDatabase(name, template: scene[1].database)
        defer {
            try? Connection(server.conninfo()).script(
                "drop database \(quoteIdentifier(name)) with (force)")
        }
        let copy = try TestNode(number: number, database: name, on: server)
        try body(Rejoining(nodes: scene.nodes + [copy], edges: scene.edges + [(2, 4)]))
    }

    @Test func aCopyOfADatabaseBecomesANodeOfItsOwn() throws {
        try withScene(edges: [(1, 2), (2, 3)]) { plain in
            try plain[1].psql("insert into item (name) values ('one'), ('two'), ('three')")
            try plain.syncUntilQuiet()
            try withCopy(plain, number: 4) { scene in
                // The original goes on; the copy is refused, whatever it tries.
                try scene[1].psql("update item set name = 'one of A' where name = 'one'")
                try scene.sync(1, 2)
                try scene[4].psql("update item set name = 'two of the copy' where name = 'two'")
                try scene[4].psql("insert into item values (5, 'of the copy')")
                try scene.expectRefusal(4, 2, "D: is a copy of a node", "--node N")
                for attempt in [
                    { try scene.edge(4, 2).link() }, { try scene.edge(4, 2).unlink() },
                    { try scene.edge(2, 4).unlink() },
                ] {
                    #expect(
                        try refusal(attempt).description.contains("D: is a copy of a node"))
                }
                #expect(try scene[2].status().neighbours.count == 2)
                try expectNeedsNumber { try scene.rejoin(4, 2) }
                try expectNeedsNumber { try scene.rejoin(4, 1) }
                for number in [1, 2, 3] {
                    var options = Rejoin.Options()
                    options.node = number
                    #expect(throws: ReplicationError.self) { try scene.rejoin(4, 2, options) }
                }
                var options = Rejoin.Options()
                options.node = 4
                options.name = "D"
                #expect(try scene.rejoin(4, 2, options).returned == ["D"])
                try scene.syncUntilQuiet()
                for node in scene.nodes {
                    try node.psql("insert into item (name) values ('fresh of \(node.letter)')")
                }
                try scene.syncUntilQuiet()
                try scene.expectEqual()
                let fresh = ["A", "B", "C", "D"].map { "fresh of \($0)" }
                #expect(
                    try scene.names(1) == fresh
                        + ["of the copy", "one of A", "three", "two of the copy"])
                let ofD = try scene[1].psql("select id % 100 from item where name = 'fresh of D'")
                #expect(ofD == "4\n")
                #expect(try scene[3].psql("select count(*) from replication.member") == "4\n")
                try scene[4].psql("update item set name = 'x' where name = 'three'")
                #expect(
                    try scene[4].psql(
                        "select origin from replication.log where via is null"
                            + " and tablename = 'public.item' order by xid desc limit 1") == "4\n")
            }
        }
    }

    /// A copy can be a neighbour of its own original, and of a node far from that.
    @Test func aCopyMeetsItsOriginal() throws {
        try withScene(edges: [(1, 2), (2, 3)]) { plain in
            try plain[1].psql("insert into item (name) values ('one'), ('two')")
            try plain.syncUntilQuiet()
            try withCopy(plain, number: 4) { scene in
                try scene[1].psql("update item set name = 'one of A' where name = 'one'")
                try scene[4].psql("delete from item where name = 'two'")
                var options = Rejoin.Options()
                options.node = 4
                try scene.rejoin(4, 1, options)
                try scene.sync(4, 1)
                let edges = [(1, 2), (2, 3), (4, 1)]
                try Rejoining(nodes: scene.nodes, edges: edges).syncUntilQuiet()
                try scene.expectEqual()
                #expect(try scene.names(3) == ["one of A"])
            }
        }
    }

    /// Copies of all files look alike to the last bit: of the two the second one is refused.
    @Test(arguments: [true, false])
    func ofACopyOfAllFilesTheSecondIsRefused(isOriginalFirst: Bool) throws {
        try withOwnServer(edges: [(1, 2), (2, 3)]) { plain, server in
            try plain[1].psql("insert into item (name) values ('one'), ('two')")
            try plain.syncUntilQuiet()
            let other = try ThrowawayCluster()
            defer { try? other.remove() }
            try other.takeFiles(of: server)
            let copy = try TestNode(number: 4, database: "a", on: other)
            let scene = Rejoining(nodes: plain.nodes + [copy], edges: [(2, 3)])
            let (first, second) = isOriginalFirst ? (1, 4) : (4, 1)
            // Only something for the first arrives: it need not send anything to be known.
            try scene[3].psql("insert into item (name) values ('of C')")
            try scene.sync(3, 2)
            try scene.sync(2, first)
            try scene[second].psql("insert into item (name) values ('of the second')")
            try scene.expectRefusal(second, 2, "has gone back in time", "--node N")
            let pair = try refusal { _ = try scene.edge(1, 4) }
            guard case .copyNeedsNumber = pair else { throw pair }
            // It may be the one that is meant to stay; then the other one is refused.
            try scene.rejoin(second, 2)
            #expect(try scene.names(2) == ["of C", "of the second", "one", "two"])
            try scene[first].psql("insert into item (name) values ('of the first')")
            let known = try refusal { try scene.sync(first, 2) }
            guard case .otherNode = known else { throw known }
            #expect(known.hint?.contains("trompe rejoin") == true)
            try expectNeedsNumber { try scene.rejoin(first, 2) }
            var options = Rejoin.Options()
            options.node = 9
            try scene.rejoin(first, 2, options)
            for _ in 1...2 { for node in [1, 4, 3] { try scene.sync(node, 2) } }
            try scene.expectEqual()
            // Both drew one number after the copy was made; the loser is in the history.
            let all = try scene.names(3) + Conflict.all(scene.connect(3)).compactMap(\.loser.row)
            for name in ["of C", "of the first", "of the second", "one", "two"] {
                #expect(all.contains { $0.contains(name) }, "\(name)")
            }
        }
    }
}
