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
}
