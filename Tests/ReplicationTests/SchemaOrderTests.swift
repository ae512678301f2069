import Replication
import TestSupport
import Testing

/// Rows never travel under a schema older than that of where they go: they would lose values there.
@Suite struct SchemaOrderTests {
    private static let table = """
        create table item (id int primary key, code int, text text);
        insert into item values (1, 1, 'a'), (2, 1, 'b');
        """

    /// The version that the drop of its column took the text from is in the history of both.
    private func isKept(_ text: String, _ tree: TestTree) throws -> Bool {
        try tree.nodes.allSatisfy {
            try $0.psql("select loser ->> 'text' from replication.conflict") == "\(text)\n"
        }
    }

    @Test func oneWayWaitsForTheChangesOfTheTarget() throws {
        try withTree { tree in
            try tree[1].psql(Self.table)
            try tree.syncUntilQuiet()
            try tree[1].psql("update item set text = 'new' where id = 1")
            try tree[2].psql("alter table item drop column text")
            var options = SyncOptions()
            options.isOneWay = true
            let error = try refusal { try tree.sync((1, 2), options) }
            #expect(error.message.contains("alter table item drop column text"))
            #expect(error.hint?.contains("both ways") == true)
            #expect(error.exitStatus == 1)
            try tree.syncUntilQuiet()
            #expect(try isKept("new", tree))
        }
    }

    @Test func oneWayDoesNotWaitForWhatRowsDoNotFeel() throws {
        try withTree { tree in
            try tree[1].psql(Self.table)
            try tree.syncUntilQuiet()
            try tree[1].psql("update item set text = 'new' where id = 1")
            try tree[2].psql(
                """
                create index on item (text);
                comment on table item is 'things';
                alter table item add check (id > 0);
                """)
            var options = SyncOptions()
            options.isOneWay = true
            try tree.sync((1, 2), options)
            #expect(try tree[2].psql("select text from item where id = 1") == "new\n")
        }
    }

    /// B's constraint waits for B's rows, and what B did afterwards waits behind it.
    @Test func whatWaitsForRowsLetsNoneTravelBeforeIt() throws {
        try withTree { tree in
            try tree[1].psql(Self.table)
            try tree.syncUntilQuiet()
            try tree[1].psql(
                "update item set text = 'new' where id = 1; create table other (id int primary key)"
            )
            try tree[2].psql(
                """
                update item set code = 2 where id = 2;
                alter table item add unique (code);
                alter table item drop column text;
                """)
            try tree.syncUntilQuiet()
            #expect(try isKept("new", tree))
            #expect(try tree[1].schema() == tree[2].schema())
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }
}
