import Replication
import TestSupport
import Testing

/// A row that waits at one node outlives whatever that node, which does not have it, does next.
@Suite struct WaitingRowTests {
    private let schema = "create table item (id int primary key, size int, text text);"

    /// B's rows of this size wait at A.
    private func forbid(_ node: TestNode) throws {
        try node.psqlHere("alter table item add constraint small check (size < 3)")
    }

    private func allow(_ node: TestNode) throws {
        try node.psqlHere("alter table item drop constraint small")
    }

    @Test func aTruncateDoesNotTakeARowThatWaits() throws {
        try withTree(schema: schema) { tree in
            try forbid(tree[1])
            try tree.syncUntilQuiet()
            try tree[1].psql("insert into item values (1, 1, 'old')")
            try tree.syncUntilQuiet()
            try tree[1].psql("truncate item")
            try tree[2].psql("insert into item values (2, 3, 'later')")
            try tree.sync((2, 1))
            #expect(try tree[2].psql("select id, text from item") == "2|later\n")
            #expect(try tree[1].waiting().contains("\"2\""))
            try allow(tree[1])
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select id, text from item") == "2|later\n")
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    @Test func aTruncateAfterARowThatWaitsIsAConflict() throws {
        try withTree(3, schema: schema) { tree in
            try forbid(tree[1])
            try tree.syncUntilQuiet()
            try tree[3].psql("insert into item values (1, 1, 'small'), (2, 3, 'of C')")
            try tree.sync((2, 3))
            try tree.sync((1, 2))
            #expect(try tree[1].psql("select id from item") == "1\n")
            try tree[1].psql("truncate item")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.psql("select count(*) from item") == "0\n")
                #expect(try node.waiting() == "")
                let lost = try node.psql("select loser ->> 'text' from replication.conflict")
                #expect(lost == "of C\n")
            }
        }
    }

    /// The way back over the new edge is for that neighbour alone, as all others have the rows, but
    /// for those that wait.
    @Test(arguments: [true, false])
    func aNewEdgeOfItsSourceDoesNotMakeANodeForget(isLogged: Bool) throws {
        try withTree(3, edges: [(1, 2), (2, 3)], schema: schema, installing: false) { tree in
            let rows = "insert into item values (1, 3, 'waits'), (2, 1, 'fits')"
            if !isLogged { try tree[2].psql(rows) }
            try tree.install(linking: false)
            try forbid(tree[1])
            try tree.edge((1, 2)).link()
            try tree.sync((1, 2))
            if isLogged {
                try tree[2].psql(rows)
                try tree.sync((1, 2))
            }
            try tree.edge((3, 2)).link()
            try tree.sync((3, 2))
            try tree.sync((1, 2))
            #expect(try tree[1].waiting().contains("\"1\""))
            try allow(tree[1])
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.psql("select id from item order by id") == "1\n2\n")
            }
        }
    }

    /// Why a parent that was deleted at A cannot come back there for B's child.
    static let hindrances = [
        "alter table parent add constraint small check (size < 3)",
        "alter table parent alter text set not null",
        "create unique index on parent (size); insert into parent values (2, 3)",
        "alter table parent add unique (size) deferrable initially deferred;"
            + "insert into parent values (2, 3)",
    ]

    @Test(arguments: hindrances, [(1, 2), (2, 1)])
    func aChildWaitsWhoseParentCannotComeBack(hindrance: String, order: (Int, Int)) throws {
        let family = """
            create table parent (id int primary key, size int, text text);
            create table child (id int primary key, parent int references parent);
            create table other (id int primary key);
            """
        try withTree(schema: family) { tree in
            try tree[1].psql("insert into parent values (1, 3)")
            try tree.syncUntilQuiet()
            try tree[1].psqlHere("delete from parent; \(hindrance)")
            try tree[2].psql("insert into child values (1, 1); insert into other values (1)")
            for _ in 1...2 {
                let report = try tree.sync(order)
                #expect(report.waiting > 0)
            }
            #expect(try tree[1].psql("table other; select count(*) from child") == "1\n0\n")
            #expect(try tree[1].waiting().contains("public.child"))
            try tree[2].psql("delete from child; delete from parent where id = 1")
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree.nodes.map { try $0.waiting() } == ["", ""])
        }
    }
}
