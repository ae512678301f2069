import Replication
import TestSupport
import Testing

/// Rows that wait, as a constraint forbids them, beside what is staged.
@Suite struct StagingWaitingTests {
    private let constraint = "alter table item add constraint good check (text <> 'bad');"

    /// What is staged and asked for again is there once: of two, each would be a conflict.
    @Test func aRowThatIsAskedForAgainIsThereOnce() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.sync((1, 2))
            try tree[2].psqlHere(constraint)
            try tree[1].psql(items(1...3) + "update item set text = 'bad' where id = 2")
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[2].psql("select count(*) from replication.waiting") == "1\n")
            try tree[1].psql("update item set text = 'better' where id = 2;" + items(5...6))
            try cutAfter(1, tree)
            #expect(try staged(tree) == "2better\n")
            try tree[2].psql(items(2...2, "B"))
            #expect(try tree.sync((1, 2), .bitByBit).directions[0].conflicts == 1)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select id || text from item order by id")
                        == "1a\n2B\n3a\n5a\n6a\n")
                #expect(try Conflict.all(node.connection).count == 1)
            }
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// The source has not applied what the target has for a key, and its own change of it meets that.
    @Test func aRowThatWaitsAtTheSourceIsNotLeftOut() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree[1].psql(items(1...3))
            try tree.sync((1, 2))
            try tree[1].psqlHere(constraint)
            try tree[2].psql("update item set text = 'bad' where id = 2")
            try tree.sync((1, 2))
            #expect(try tree[1].psql("select count(*) from replication.waiting") == "1\n")
            try tree[1].psql("update item set text = 'x' where id in (2, 3)")
            try cutAfter(2, tree)
            #expect(try staged(tree) == "2x 3x\n")
            #expect(try tree.sync((1, 2), .bitByBit).directions[0].conflicts == 1)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.psql("select id || text from item order by id") == "1a\n2x\n3x\n")
                #expect(try Conflict.all(node.connection).count == 1)
            }
            #expect(try tree[1].psql("select count(*) from replication.waiting") == "0\n")
        }
    }
}
