import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Changes of schema that meet something: each other, rows, roles, what is there already.
@Suite struct SchemaChangeTests {
    private func uid(_ node: TestNode, _ words: String) throws -> String {
        try node.psql("select uid from replication.schema_change where statement like '%\(words)%'")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// One pair of statements that contradict each other, and what makes both sides alike.
    struct Contradiction: Sendable, CustomTestStringConvertible {
        let onA: String
        let onB: String
        let mendOnB: String
        var testDescription: String { onB }
    }

    static let contradictions = [
        Contradiction(
            onA: "alter table note add more int", onB: "alter table note add more text",
            mendOnB: "alter table note alter more type int using more::int"),
        Contradiction(
            onA: "create function f() returns int language sql as 'select 1'",
            onB: "create function f() returns int language sql as 'select 2'",
            mendOnB: "create or replace function f() returns int language sql as 'select 1'"),
        Contradiction(
            onA: "alter table note alter text set default 'a'",
            onB: "alter table note alter text set default 'b'",
            mendOnB: "alter table note alter text set default 'a'"),
        Contradiction(
            onA: "create table other (id int primary key)",
            onB: "create table other (id bigint primary key)",
            mendOnB: "alter table other alter id type int"),
        Contradiction(
            onA: "drop table note", onB: "alter table note add more int",
            mendOnB: "drop table note"),
    ]

    @Test(arguments: contradictions)
    func contradictionsAreRefusedUntilBothSidesAreAlike(_ example: Contradiction) throws {
        try withTree(3, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(example.onA)
            try tree[2].psql(example.onB)
            let before = try tree.nodes.map { try $0.schema() }
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(error.message.contains(example.onA) && error.message.contains(example.onB))
            #expect(error.hint?.contains("both are alike") == true)
            #expect(try tree.nodes.map { try $0.schema() } == before)
            try tree[2].psql(example.mendOnB)
            try tree.syncUntilQuiet()
            let schema = try tree[1].schema()
            for node in tree.nodes { #expect(try node.schema() == schema) }
        }
    }

    /// The same made on both sides counts as done, however it is written.
    @Test func theSameOnBothSidesIsDone() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(
                "alter table note add more int; create table other (id int primary key, t text);"
                    + "grant select on note to public; create view v as select id from note")
            try tree[2].psql(
                "ALTER TABLE public.note ADD COLUMN \"more\" integer; create table other ("
                    + "id integer primary key, t text); grant select on note to public;"
                    + "create view v as select note.id from note; insert into other values (1, 'b')"
            )
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("table other") == "1|b\n")
            #expect(try tree[1].schema() == tree[2].schema())
        }
    }

    /// A statement that the target cannot carry out stops the sync, with its text and the way on, and
    /// nothing else is lost.
    @Test func whatCannotBeCarriedOutStopsTheSync() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psql(
                "begin; select replication.pause_ddl(); create view mine as select text from note; commit"
            )
            try tree[1].psql("alter table note drop column text; insert into note values (1)")
            try tree[2].psql("insert into note values (2, 'b')")
            let before = try tree[2].contents()
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(error.message.contains("alter table note drop column text"))
            #expect(error.exitStatus == 1)
            #expect(try tree[2].contents() == before)
            let name = try uid(tree[1], "drop column text")
            #expect(error.hint?.contains("trompe ddl B --skip \(name)") == true)
            try tree[2].psql("drop view mine")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select id from note order by 1") == "1\n2\n")
            #expect(try tree[1].schema() == tree[2].schema())
        }
    }

    /// One that is skipped is not carried out, and does not travel on from there.
    @Test func aSkippedChangeStaysAway() throws {
        try withTree(3, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(
                "create view of_a as select 1 as one; insert into note values (1, 'x')")
            let name = try uid(tree[1], "of_a")
            try SchemaChange.skip(tree[2].connection, uid: name)
            try tree.syncUntilQuiet()
            #expect(try tree[3].psql("select to_regclass('of_a'); table note") == "\\N\n1|x\n")
            let error = try refusal { try SchemaChange.skip(tree[2].connection, uid: name) }
            #expect(error == .schemaChangeKnown(database: "B", uid: name))
        }
    }

    /// Rows that a dropped column or table takes along, though the source has not seen them.
    @Test func whatADropTakesStandsInTheHistory() throws {
        try withTree(2, schema: noteTable + "create table other (id int primary key, t text);") {
            tree in
            try tree[1].psql(
                "insert into note values (1, 'x'), (2, 'y'); insert into other values (1, 'x')")
            try tree.syncUntilQuiet()
            try tree[1].psql("alter table note drop column text; drop table other")
            try tree[2].psql("update note set text = 'B' where id = 1; update other set t = 'B'")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                let lost = try node.psql(
                    "select tablename, policy, loser from replication.conflict order by 1")
                #expect(
                    lost == """
                        public.note|schema|{"id":1,"text":"B"}
                        public.other|schema|{"id":1,"t":"B"}

                        """)
            }
        }
    }

    /// Nothing is carried out in a dry run, and it says what would be.
    @Test func aDryRunOnlyTells() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql("alter table note add more int; insert into note values (1, 'x', 2)")
            var options = SyncOptions()
            options.isDryRun = true
            let report = try tree.sync((1, 2), options)
            #expect(report.directions.map(\.schemaChanges) == [["alter table note add more int"]])
            #expect(report.directions.map(\.moved) == [1])
            #expect(!report.warnings.isEmpty)
            #expect(try tree[2].psql("select count(*) from note") == "0\n")
            #expect(try tree[2].schema() != tree[1].schema())
            let real = try tree.sync((1, 2))
            #expect(
                real.directions.map(\.schemaChanges) == [["alter table note add more int"], []])
        }
    }

    /// Where only B has changed the schema, B's rows go first.
    @Test func theSideThatChangedTheSchemaIsTheFirstSource() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psql(
                "alter table note rename text to body; insert into note values (1, 'B')")
            try tree[1].psql("insert into note values (2, 'A')")
            let report = try tree.sync((1, 2))
            #expect(report.directions.map(\.source) == ["B", "A"])
            #expect(report.directions.map(\.moved) == [1, 1])
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// One way, the other side's changes of schema stay where they are: its optional columns are
    /// tolerated, and said.
    @Test func columnsThatOneSideAloneHas() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            for (node, name) in [(1, "a"), (2, "b")] {
                try tree[node].psql(
                    "begin; select replication.pause_ddl(); "
                        + "alter table note add \(name) int default 5; commit")
            }
            try tree[1].psql("insert into note values (1, 'x', 9)")
            try tree[2].psql("insert into note values (2, 'y', 8)")
            let report = try tree.sync((1, 2))
            let told = report.warnings.filter { $0.contains("rows travel without it") }
            #expect(told.count == 2)
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("table note order by 1") == "1|x|9\n2|y|5\n")
            #expect(try tree[2].psql("table note order by 1") == "1|x|5\n2|y|8\n")
            // Once both have it, what it holds is sent, and is nowhere overwritten unseen.
            try tree[1].psql("insert into note values (3, 'z', 7)")
            try tree.syncUntilQuiet()
            try tree[2].psql(
                "alter table note add a int default 5; update note set text = 'yy' where id = 1")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select id, text, a from note order by 1")
                        == "1|yy|5\n2|y|5\n3|z|7\n")
                let losers = "select loser ->> 'a' from replication.conflict"
                #expect(try node.psql(losers) == "9\n")
            }
            #expect(try tree[1].psql("select count(*) from replication.lone_column") == "0\n")
            #expect(try tree[2].psql("select column_name from replication.lone_column") == "b\n")
            try tree[1].psql(
                "begin; select replication.pause_ddl(); alter table note add must int not null "
                    + "default 1; alter table note alter must drop default; commit")
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(error.message.contains("table public.note, column must is on A only"))
        }
    }

    /// Changes made between the link and the first sync.
    @Test func theFirstSyncBringsThemToo() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree[1].psql("alter table note add a int; create table of_a (id int primary key)")
            try tree[2].psql("alter table note add b int; insert into note values (1, 'x', 2)")
            try tree.syncUntilQuiet()
            #expect(
                try tree[1].psql("select id, text, a, b from note; table of_a") == "1|x|\\N|2\n")
            #expect(try tree[1].schema() == tree[2].schema())
        }
    }

    /// A crash between the two commits of a sync does nothing twice.
    @Test func eachIsCarriedOutOnce() throws {
        try withTree(2, schema: "create table n (id int primary key, v int);") { tree in
            try tree[1].psql("insert into n values (1, 10)")
            try tree.syncUntilQuiet()
            try tree[1].psql("alter table n alter v type bigint using v * 2")
            var oneWay = SyncOptions()
            oneWay.isOneWay = true
            let first = try tree.sync((1, 2), oneWay)
            #expect(first.directions[0].schemaChanges.count == 1)
            // As if the watermark had not been written, but the statement had been committed before.
            let second = try tree.sync((1, 2), oneWay)
            #expect(second.isQuiet)
            try tree[2].psql(
                "update replication.neighbour set received = '1:1:' where number = 1")
            let third = try tree.sync((1, 2), oneWay)
            #expect(third.directions[0].schemaChanges.isEmpty)
            #expect(try tree[2].psql("select v from n") == "20\n")
        }
    }
}
