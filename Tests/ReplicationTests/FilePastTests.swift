import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Files, and nodes that went back in time or live on as a copy.
@Suite struct FilePastTests {
    private func expectForgotten(_ body: () throws -> Void) throws {
        let error = try refusal(body)
        #expect(error.description.contains("do not remember the same past"), "\(error)")
    }

    /// A server's files are put back: what A exported and heard since is unknown to it.
    @Test func aRestoredServerIsNoticed() throws {
        try withOwnServer(edges: [(1, 2), (2, 3)]) { scene, server in
            try scene.syncUntilQuiet()
            try server.copyFiles(to: "backup")
            try scene[1].psql("insert into item (name) values ('lost')")
            try TestFile(from: scene.connect(1), for: "B").carry(to: scene[2])
            try scene[2].psql("insert into item (name) values ('of B')")
            let heard = try TestFile(from: scene.connect(2), for: "A")
            try heard.carry(to: scene.connect(1))
            try server.restoreFiles(from: "backup")
            try scene[1].psql("insert into item (name) values ('new')")
            let before = try scene.nodes.map { try $0.contents() }
            let ofThatLife = try TestFile(from: scene.connect(1), for: "B")
            try expectForgotten { try ofThatLife.carry(to: scene[2]) }
            for file in [heard, try TestFile(from: scene.connect(2), for: "A")] {
                try expectForgotten { try file.carry(to: scene.connect(1)) }
            }
            #expect(try scene.nodes.map { try $0.contents() } == before)
            let error = try refusal { try scene.sync(1, 2) }
            guard case .wentBack(let database, _, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(database == "A")
            // What the backup lacks comes back by an ordinary rejoin, and files go on. Both lives of A
            // have drawn one number.
            try scene.rejoin(1, 2)
            try scene[1].psql("insert into item (name) values ('after')")
            try expectRefused(heard, scene.connect(1), "as it was before it came back")
            try expectRefused(ofThatLife, scene.connect(2), "it comes from another installation")
            try TestFile(from: scene.connect(1), for: "B").carry(to: scene[2])
            #expect(try scene.names(2) == ["after", "new", "of B"])
        }
    }

    /// What came out of a dump, or was copied, neither exports nor imports.
    @Test func aDumpAndACopyAreNoNodes() throws {
        try withScene(edges: [(1, 2)]) { scene in
            try scene.syncUntilQuiet()
            try scene[1].psql("insert into item (name) values ('x')")
            let file = try TestFile(from: scene.connect(1), for: "B")
            let words = "is a copy of a node, or was restored from a dump"
            try scene[2].restore(scene[2].dump())
            try expectRefused(file, scene.connect(2), words)
            let error = try refusal { _ = try TestFile(from: scene.connect(2), for: "A") }
            #expect(error.description.contains(words), "\(error)")
            #expect(try scene.names(2) == [])
        }
    }

    private func expectRefused(_ file: TestFile, _ node: Connection, _ words: String) throws {
        let error = try refusal { try file.carry(to: node) }
        #expect(error.description.contains(words), "\(error)")
    }
}
