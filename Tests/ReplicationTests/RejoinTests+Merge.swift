import Replication
import TestSupport
import Testing

/// What else a rejoin merges.
extension RejoinTests {
    /// A TRUNCATE is news like any change; on the other side it is what the backup has not heard of.
    @Test func truncatedTables() throws {
        let tables =
            "create table mine (id int primary key); create table theirs (id int primary key)"
        try withScene(edges: [(1, 2)], schema: tables) { scene in
            try scene[1].psql("insert into mine values (1); insert into theirs values (1), (2)")
            try scene.syncUntilQuiet()
            let dump = try scene[1].dump()
            try scene[1].psql("insert into mine values (2)")
            try scene[2].psql("truncate theirs; insert into theirs values (3)")
            try scene.syncUntilQuiet()
            try scene[1].restore(dump)
            try scene[1].psql("truncate mine")
            try scene.rejoin(1, 2)
            try scene.syncUntilQuiet()
            try scene.expectEqual()
            #expect(try scene[1].psql("table mine; table theirs") == "3\n")
        }
    }

    /// Both went back: then nobody is behind, and everything is merged as over a new edge.
    @Test func bothWentBack() throws {
        try withScene(edges: [(1, 2)]) { scene in
            try scene[1].psql("insert into item (name) values ('one')")
            try scene.syncUntilQuiet()
            let dumps = try scene.nodes.map { try $0.dump() }
            try scene[1].psql("insert into item (name) values ('lost')")
            try scene.syncUntilQuiet()
            for (node, dump) in zip(scene.nodes, dumps) { try node.restore(dump) }
            for node in scene.nodes {
                try node.psql("insert into item (name) values ('\(node.letter)')")
            }
            try scene.expectRefusal(1, 2)
            #expect(try scene.rejoin(1, 2).returned == ["A", "B"])
            try scene.syncUntilQuiet()
            try scene.expectEqual()
            #expect(try scene.names(1) == ["A", "B", "one"])
        }
    }
}
