import Postgres
import Replication
import TestSupport
import Testing

/// Making and ending edges: what is refused, and what a second try mends.
@Suite struct LinkTests {
    @Test func oneDatabaseTwiceIsRefusedHoweverItIsSpelled() throws {
        try withTree(1) { tree in
            let words = tree[1].conninfo.split(separator: " ").map { $0.split(separator: "=") }
            let parts = Dictionary(
                uniqueKeysWithValues: words.map { (String($0[0]), $0[1].replacing("'", with: "")) })
            let host = parts["host", default: ""].replacing("/", with: "%2F")
            let uri = "postgresql://postgres@\(host):\(parts["port", default: ""])"
            let other = try Connection("\(uri)/\(parts["dbname", default: ""])", label: "other")
            let error = try refusal { try Edge(tree[1].connection, other).link() }
            #expect(error == .sameDatabase("A", "other"))
            #expect(error.hint != nil)
        }
    }

    @Test func equalNumbersAndDifferentModuliAreRefused() throws {
        try withTree(3, installing: false) { tree in
            try tree[1].install(number: 1, modulus: 10)
            try tree[2].install(number: 1, modulus: 10)
            try tree[3].install(number: 3, modulus: 20)
            let same = try refusal { try tree.edge((1, 2)).link() }
            #expect(same == .sameNumber(1, "A", "B"))
            #expect(
                same.hint?.contains("another") == true || same.hint?.contains("uninstall") == true)
            let other = try refusal { try tree.edge((1, 3)).link() }
            #expect(other == .differentModulus("A", 10, "C", 20))
            #expect(try tree[1].status().neighbours == [])
        }
    }

    @Test func differentSchemasAreRefusedWithAListOfTheDifferences() throws {
        let common = "create table note (id int primary key, text text);"
        try withTree(2, schema: common, installing: false) { tree in
            try tree[1].psql(
                """
                create table only_a (id int primary key);
                create table t (id int primary key, a text, b int, c numeric(5, 2), d int,
                    e int generated always as (d) stored);
                create table "K" (x int, y int, primary key (x, y));
                """)
            try tree[2].psql(
                """
                create schema s;
                create table s.only_b (id int primary key);
                create table t (id bigint primary key, b int, c numeric(6, 2), d int, e int, f date);
                create table "K" (x int, y int, primary key (y, x));
                """)
            try tree.install(linking: false)
            let error = try refusal { try tree.edge((1, 2)).link() }
            #expect(
                error
                    == .schemasDiffer(
                        "A", "B",
                        differences: [
                            #"table public."K", column x has another place in the key on A than on B"#,
                            #"table public."K", column y has another place in the key on A than on B"#,
                            "table public.only_a is on A only",
                            "table public.t, column a is on A only",
                            "table public.t, column c is numeric(5,2) on A, numeric(6,2) on B",
                            "table public.t, column e is generated on A only",
                            "table public.t, column f is on B only",
                            "table public.t, column id is integer on A, bigint on B",
                            "table s.only_b is on B only",
                        ]))
            #expect(try tree.nodes.allSatisfy { try $0.status().neighbours.isEmpty })
        }
    }

    @Test func aHalfMadeEdgeIsFinishedByASecondTry() throws {
        try withTree(2, schema: noteTable) { tree in
            // As if the agent had been killed between the two sides.
            try tree[2].psql("select replication.remove_neighbour(1)")
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(error == .halfLinked(knows: "A", knowsNot: "B"))
            #expect(error.hint?.contains("trompe link A B") == true)
            let edge = try tree[1].psql("select id, made_at from replication.edge")
            try tree.edge((1, 2)).link()
            try tree.edge((1, 2)).link()
            #expect(try tree[2].psql("select id, made_at from replication.edge") == edge)
            try tree[1].psql("insert into note values (1, 'x')")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("table note") == "1|x\n")
        }
    }

    /// One side alone ended the edge; the other still holds what it had of it.
    @Test(arguments: [1, 2]) func anEdgeThatOneSideEndedCanBeMadeAnew(forgetting: Int) throws {
        try withTree(3, schema: noteTable) { tree in
            try tree[1].psql("insert into note values (1, 'one'), (2, 'two'), (3, 'three')")
            try tree.syncUntilQuiet()
            try tree[2].psql("update note set text = 'of B' where id = 2")
            try tree.syncUntilQuiet()
            let other = 3 - forgetting
            try Edge.forget(other, at: tree[forgetting].connection)
            try tree[1].psql("insert into note values (4, 'of A')")
            try tree[2].psql("insert into note values (5, 'of B'); delete from note where id = 3")
            try tree.sync((2, 3))
            try tree.edge((forgetting, other)).link()
            // As over any new edge: of the row that B deleted A still has its own.
            var merging = SyncOptions()
            merging.merges = true
            try tree.syncUntilQuiet(merging)
            for node in tree.nodes {
                #expect(try node.psql("select id from note order by id") == "1\n2\n4\n5\n")
                #expect(try node.contents() == tree[1].contents())
                #expect(try node.psql("select count(*) from replication.edge") == "2\n")
            }
            // And it goes on as any edge, one that is linked again too.
            try tree.edge((1, 2)).link()
            try tree[3].psql("update note set text = 'of C' where id = 1")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select text from note where id = 1") == "of C\n")
        }
    }

    /// Trees know nothing of each other's numbers.
    @Test func aNodeOfAnotherTreeIsNoNeighbourForItsNumber() throws {
        try withTree(3, schema: noteTable, installing: false) { tree in
            for (node, number) in zip(tree.nodes, [1, 2, 1]) { try node.install(number: number) }
            try tree.edge((1, 2)).link()
            try tree.sync((1, 2))
            #expect(try tree.edge((2, 3)).acquaintance() == (false, false))
            #expect(try refusal { try tree.edge((2, 3)).unlink() } == .notNeighbours("B", "C"))
            try tree[1].psql("insert into note values (1, 'still')")
            #expect(try tree.sync((1, 2)).directions.map(\.moved) == [1, 0])
        }
    }

    @Test func unlinkThenLinkNeedsMergeOnlyWhereRowsDiffer() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree[1].psql("insert into note values (1, 'same'), (2, 'same')")
            try tree.syncUntilQuiet()
            try tree.edge((1, 2)).unlink()
            let apart = try refusal { try tree.sync((1, 2)) }
            #expect(apart == .notNeighbours("A", "B"))
            #expect(apart.hint?.contains("trompe link A B") == true)
            #expect(try refusal { try tree.edge((1, 2)).unlink() } == apart)
            try tree.edge((1, 2)).link()
            #expect(try tree.sync((1, 2)).directions.allSatisfy { $0.moved == 0 })
            try tree.edge((1, 2)).unlink()
            try tree[1].psql("update note set text = 'of A' where id = 1")
            try tree[2].psql(
                "update note set text = 'of B' where id = 1; delete from note where id = 2")
            try tree.edge((1, 2)).link()
            let error = try refusal { try tree.sync((1, 2)) }
            guard case .rowsDiffer(_, _, let counts) = error else { throw error }
            #expect(counts.count == 1 && counts[0].contains("note"))
            #expect(error.hint?.contains("--merge") == true)
            var merging = SyncOptions()
            merging.merges = true
            try tree.syncUntilQuiet(merging)
            #expect(try tree[1].contents() == tree[2].contents())
            let rows = try tree[1].psql("select * from note order by id")
            #expect(rows == "1|of B\n")
        }
    }

    /// A database that was lost and made anew, at the end of a tree: its neighbour must forget the
    /// old one, and nobody else is in the way.
    @Test func aNodeMadeAnewIsRefusedUntilTheOldOneIsForgotten() throws {
        try withTree(3, edges: [(3, 1), (1, 2)], schema: noteTable) { tree in
            try tree[1].psql("insert into note values (1, 'x')")
            try tree.syncUntilQuiet()
            try Installation.uninstall(tree[2].connection, isForced: true)
            try tree[2].install()
            for attempt in [{ _ = try tree.sync((1, 2)) }, { try tree.edge((1, 2)).link() }] {
                let error = try refusal(attempt)
                #expect(error.message.contains("B: is another installation"))
                #expect(error.hint?.contains("trompe unlink A --node 2") == true)
            }
            try Edge.forget(2, at: tree[1].connection)
            try tree.edge((1, 2)).link()
            try tree.syncUntilQuiet()
            try tree[2].psql("insert into note values (2, 'y')")
            try tree.syncUntilQuiet()
            #expect(try tree[3].psql("select * from note order by id") == "1|x\n2|y\n")
            #expect(try tree[1].contents() == tree[3].contents())
        }
    }

    @Test func aNumberThatIsTakenSomewhereInTheTreeIsRefused() throws {
        // A - B - C, and D with an E that has C's number.
        try withTree(5, schema: noteTable, installing: false) { tree in
            for (node, number) in zip(tree.nodes, [1, 2, 3, 4, 3]) {
                try node.install(number: number)
            }
            for edge in [(1, 2), (2, 3), (4, 5)] { try tree.edge(edge).link() }
            let neighbour = try refusal { try tree.edge((2, 5)).link() }
            #expect(neighbour.message.contains("E: is another installation than the neighbour C"))
            #expect(neighbour.hint?.contains("another number") == true)
            let known = try refusal { try tree.edge((2, 4)).link() }
            #expect(known.message.contains("the node number 3 belongs to two nodes: C"))
            #expect(known.hint?.contains("uninstall one of the two") == true)
            // A knows nothing of C yet; the edge between those who then know of both stands still.
            try tree.edge((1, 4)).link()
            var refused: [(Int, Int)] = []
            for edge in [(2, 3), (1, 2), (1, 4), (4, 5)] {
                do {
                    try tree.sync(edge)
                } catch let error as ReplicationError {
                    #expect(error.message.contains("the node number 3 belongs to two nodes"))
                    refused.append(edge)
                }
            }
            #expect(refused.count == 1)
            try tree[3].psql("insert into note values (1, 'x')")
            // What the hint says.
            try tree.edge((4, 5)).unlink()
            try Installation.uninstall(tree[5].connection)
            try tree[5].install(number: 5)
            try tree.edge((4, 5)).link()
            for edge in [(1, 4), (2, 3), (1, 2), (1, 4), (4, 5)] { try tree.sync(edge) }
            #expect(try tree[5].psql("table note") == "1|x\n")
        }
    }
}
