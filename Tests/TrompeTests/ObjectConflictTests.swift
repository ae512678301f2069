import Foundation
import Replication
import TestSupport
import Testing

/// What `trompe conflicts` does with large objects that lost.
@Suite struct ObjectConflictTests {
    private let content = "select convert_from(lo_get(lo), 'utf8') from doc"

    @Test func aLoserIsRestoredWhereItIs() throws {
        try withTree(3, schema: "create table doc (id int primary key, lo oid);") { tree in
            try tree[1].psql("insert into doc values (1, lo_from_bytea(0, 'in the beginning'))")
            try tree.syncUntilQuiet()
            for number in [2, 3] {
                try tree[number].psql(
                    "select lo_put(lo, 0, 'of \(tree[number].letter)') from doc; update doc set lo = lo"
                )
            }
            try tree.sync((2, 3))
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.psql(content) == "of Che beginning\n", "\(node.letter)")
                #expect(try Conflict.all(node.connection).count == 1)
            }
            let conflict = try #require(try Conflict.all(tree[1].connection).first)
            let id = String(conflict.id.prefix(8))
            // B loses in the direction to it from C, or in the one to C: there its object is kept.
            let keeper = try #require(
                try tree.nodes.first {
                    try $0.psql("select count(*) from replication.kept_object") == "1\n"
                })
            func run(_ node: TestNode, _ words: String...) throws -> Program.Run {
                try Program.run(
                    list: ["conflicts", node.letter.lowercased()] + words, services: tree.services)
            }
            for node in tree.nodes where node.letter != keeper.letter {
                let refused = try run(node, "restore", id)
                #expect(refused.status == 1 && refused.output == "")
                #expect(
                    refused.errors
                        == """
                        trompe: \(node.letter.lowercased()): the large object of the row that lost, in \
                        column lo of table public.doc, is on node \(keeper.letter) (\(keeper.number)) \
                        alone
                        hint: Restore it there: trompe conflicts \(keeper.letter) restore \(id). \
                        Forced, the rest of the row is put back without it.

                        """)
                #expect(try node.psql(content) == "of Che beginning\n")
            }
            let done = try run(keeper, "restore", id)
            #expect(done.status == 0, "\(done.errors)")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.psql(content) == "of Bhe beginning\n", "\(node.letter)")
                #expect(try node.orphans() == [])
            }
            // It stays in the history until that is pruned.
            #expect(try keeper.psql("select count(*) from pg_largeobject_metadata") == "2\n")
            let pruned = try run(keeper, "prune", "--older-than", "0 s")
            #expect(pruned.status == 0, "\(pruned.errors)")
            #expect(try keeper.psql("select count(*) from replication.kept_object") == "0\n")
            #expect(try keeper.psql("select count(*) from pg_largeobject_metadata") == "1\n")
            #expect(try keeper.psql(content) == "of Bhe beginning\n")
        }
    }
}
