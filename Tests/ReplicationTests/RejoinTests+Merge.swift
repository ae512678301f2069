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

    /// Rows that wait on either side when one of them comes back: what the target has not applied, it
    /// cannot be known to have seen. Nothing is lost, and they arrive once they fit.
    @Test(arguments: [1, 2]) func rowsThatWaitGoOnWaiting(returning: Int) throws {
        try withScene(edges: [(1, 2)]) { scene in
            try scene[1].psqlHere(
                "alter table item add constraint small check (name = lower(name))")
            try scene[2].psqlHere("alter table item add constraint short check (length(name) < 7)")
            try scene[1].psql("insert into item (name) values ('one'), ('two'), ('three')")
            try scene.syncUntilQuiet()
            // New rows and changed ones wait, on both sides.
            try scene[1].psql(
                """
                insert into item (name) values ('too long');
                update item set name = 'longer one' where name = 'one'
                """)
            try scene[2].psql(
                """
                insert into item (name) values ('UPPER');
                update item set name = 'TWO' where name = 'two'
                """)
            try scene.syncUntilQuiet()
            let waiting = try scene.nodes.map { try $0.waiting() }
            #expect(waiting.map { $0.split(separator: "\n").count } == [2, 2])
            let dump = try scene[returning].dump()
            try scene[1].psql("update item set name = 'lost' where name = 'three'")
            try scene.syncUntilQuiet()
            try scene[returning].restore(dump)
            try scene[returning].psql("insert into item (name) values ('fresh')")
            try scene.rejoin(1, 2)
            try scene.syncUntilQuiet()
            #expect(try scene.nodes.map { try $0.waiting() } == waiting)
            #expect(try scene.names(1) == ["fresh", "longer one", "lost", "too long", "two"])
            #expect(try scene.names(2) == ["TWO", "UPPER", "fresh", "lost", "one"])
            try scene[1].psqlHere("alter table item drop constraint small")
            try scene[2].psqlHere("alter table item drop constraint short")
            try scene.syncUntilQuiet()
            try scene.expectEqual()
            #expect(
                try scene.names(2)
                    == ["TWO", "UPPER", "fresh", "longer one", "lost", "too long"])
        }
    }
}
