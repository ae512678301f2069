import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// What takes a server of its own: a standby, and one server by two addresses.
@Suite struct StandbyTests {
    @Test func aServerInRecoveryIsRefusedAsSourceAndTarget() throws {
        let server = try ThrowawayCluster(tcp: true)
        defer { try? server.remove() }
        try withTree(1, schema: noteTable) { tree in
            let conninfo = try server.createDatabase("standby")
            do {
                let session = try Connection(conninfo, label: "standby")
                try Psql.run(conninfo, noteTable)
                _ = try Installation.install(session, number: 2)
                try Edge(tree[1].connection, session).link()
                // By the socket: the same database as by TCP.
                let socket = try Connection(
                    conninfo.replacing("127.0.0.1", with: server.socketDirectory), label: "socket")
                let error = try refusal { _ = try Edge(session, socket) }
                #expect(error == .sameDatabase("standby", "socket"))
            }
            try server.stop()
            let signal = "\(server.directory)/data/standby.signal"
            #expect(FileManager.default.createFile(atPath: signal, contents: nil))
            try server.start()
            let session = try Connection(conninfo, label: "standby")
            for attempt in [
                { _ = try Edge(tree[1].connection, session) },
                { _ = try Edge(session, tree[1].connection) },
                { _ = try Installation.install(session, number: 2) },
                { _ = try Installation.upgrade(session) },
            ] {
                let error = try refusal(attempt)
                #expect(error == .inRecovery(database: "standby"))
                #expect(error.hint?.contains("primary") == true)
            }
        }
    }

    /// A standby that had everything takes over and is the node; the old primary beside it is not.
    /// (One that lagged behind: see OfferTests.)
    @Test func aStandbyThatTakesOverIsTheNode() throws {
        try withOwnServer(edges: [(1, 2)], schema: noteTable) { scene, primary in
            try scene[1].psql("insert into note values (1, 'x')")
            try scene.syncUntilQuiet()
            let server = try ThrowawayCluster()
            defer { try? server.remove() }
            try server.takeFiles(of: primary, asStandby: true)
            let standby = try TestNode(number: 1, database: "a", on: server)
            let after = Rejoining(nodes: [standby] + scene.nodes.dropFirst(), edges: [(1, 2)])
            #expect(
                try refusal { try after.sync(1, 2) } == .inRecovery(database: standby.letter))
            try scene[1].psql("insert into note values (2, 'sent'), (3, 'sent')")
            try scene.sync(1, 2)
            try scene[1].psql("insert into note values (4, 'not sent')")
            let end = try scene[1].psql("select pg_current_wal_lsn()").dropLast()
            for _ in 0..<200
            where try standby.psql("select pg_last_wal_replay_lsn() >= '\(end)'") != "t\n" {
                Thread.sleep(forTimeInterval: 0.05)
            }
            #expect(try standby.psql("select pg_promote()") == "t\n")
            try standby.psql("insert into note values (5, 'of the standby')")
            try scene[2].psql("delete from note where id = 1")
            try after.syncUntilQuiet()
            #expect(try standby.psql("select id from note order by id") == "2\n3\n4\n5\n")
            #expect(try standby.contents() == scene[2].contents())
            try scene[1].psql("insert into note values (6, 'of the old primary')")
            try Rejoining(nodes: scene.nodes, edges: [(1, 2)]).expectRefusal(
                1, 2, "A: has gone back in time", "--node N")
        }
    }
}
