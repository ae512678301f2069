import Postgres
import Replication
import TestSupport
import Testing

/// Rows that a constraint of the target forbids wait, all others flow, and none is lost.
@Suite struct QuarantineTests {
    private let accounts = """
        create table account (id int primary key, name text unique, note text);
        create table entry (id int primary key, account int references account, text text);
        create table remark (id int primary key, entry int references entry, text text);
        """

    private func pull(_ tree: TestTree, _ source: Int, _ target: Int) throws {
        var oneWay = SyncOptions()
        oneWay.isOneWay = true
        try tree.sync((source, target), oneWay)
    }

    /// Syncs until nothing moves, and once more, when no log may grow.
    private func settle(_ tree: TestTree) throws {
        try tree.syncUntilQuiet()
        let entries = try tree.nodes.map { try $0.logEntries() }
        for edge in tree.edges {
            let report = try tree.sync(edge)
            #expect(report.isQuiet && report.directions.allSatisfy { !$0.isWatermarkNew })
        }
        #expect(try tree.nodes.map { try $0.logEntries() } == entries)
    }

    private func expectAllEqual(_ tree: TestTree) throws {
        try settle(tree)
        let first = try tree[1].contents()
        for node in tree.nodes {
            #expect(try node.contents() == first, "node \(node.letter)")
            #expect(try node.waiting() == "")
        }
    }

    @Test func aReferredLoserWaitsUntilItIsGivenAnotherValue() throws {
        try withTree(schema: accounts) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(
                """
                insert into account values (1, 'ann', 'of A'), (3, 'free', 'of A');
                insert into entry values (1, 1, 'needs 1'), (3, 3, 'of A');
                insert into remark values (1, 1, 'needs it too'), (3, 3, 'of A');
                """)
            try tree[2].psql(
                """
                insert into account values (2, 'ann', 'of B');
                insert into entry values (2, 2, 'of B');
                """)
            let report = try tree.sync((1, 2))
            #expect(
                report.directions[0].waiting
                    == ["public.account": 1, "public.entry": 1, "public.remark": 1])
            #expect(report.directions[1].waiting == ["public.account": 1, "public.entry": 1])
            #expect(report.waiting == 5)
            try settle(tree)
            #expect(try tree[2].psql("select id from account order by id") == "2\n3\n")
            #expect(try tree[1].psql("select id from account order by id") == "1\n3\n")
            #expect(try tree[2].psql("select id from remark") == "3\n")
            #expect(try Conflict.all(tree[1].connection).isEmpty)
            #expect(
                try tree[2].waiting() == """
                    public.account { "id" : "1" } account_name_key
                    public.entry { "id" : "1" } entry_account_fkey
                    public.remark { "id" : "1" } remark_entry_fkey

                    """)
            try tree[1].psql("update account set name = 'anna' where id = 1")
            try expectAllEqual(tree)
            #expect(try tree[2].psql("select name from account where id = 1") == "anna\n")
            #expect(try tree[2].psql("select count(*) from remark") == "2\n")
            #expect(try Conflict.all(tree[1].connection).isEmpty)
        }
    }

    @Test func itIsDecidedOnceNothingRefersToIt() throws {
        try withTree(3, schema: accounts) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(
                "insert into account values (1, 'ann', 'A'); insert into entry values (1, 1, 'x')")
            try tree[3].psql("insert into account values (2, 'ann', 'C')")
            try settle(tree)
            #expect(try tree[2].waiting() != "" || tree[3].waiting() != "")
            try tree[1].psql("delete from entry")
            try expectAllEqual(tree)
            #expect(try tree[1].psql("table account") == "2|ann|C\n")
            #expect(try Conflict.all(tree[3].connection).count == 1)
        }
    }

    @Test(arguments: [
        "alter table account add check (length(note) < 4)",
        "alter table account add constraint \"it's\" check (note is distinct from 'wrong')",
        "alter table account add check (account is distinct from row(7, 'g'::text, 'wrong'::text))",
        "alter domain short add check (length(value) < 4)",
    ])
    func aTightenedCheckHoldsBackItsRowsOnly(_ check: String) throws {
        let isDomain = check.contains("domain")
        let domain = "create domain short as text; alter table account add other short;"
        try withTree(schema: accounts + (isDomain ? domain : "")) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psqlHere(check)
            let column = isDomain ? "other" : "note"
            try tree[1].psql(
                """
                insert into account (id, name, \(column))
                    select n, 'n' || n, 'ok' from generate_series(1, 500) as n;
                update account set name = 'g', \(column) = 'wrong' where id = 7;
                """)
            let report = try tree.sync((1, 2))
            #expect(report.directions[0].waiting == ["public.account": 1])
            try settle(tree)
            #expect(try tree[2].psql("select count(*) from account") == "499\n")
            #expect(try tree[2].waiting().hasPrefix(#"public.account { "id" : "7" }"#))
            try tree[1].psql("update account set \(column) = 'ok' where id = 7")
            try expectAllEqual(tree)
        }
    }

    @Test func aTightenedNotNullHoldsBackItsRowsOnly() throws {
        try withTree(schema: accounts) { tree in
            try tree[1].psql("insert into account values (1, 'one', 'x'), (2, 'two', 'x')")
            try tree.syncUntilQuiet()
            try tree[2].psqlHere("alter table account alter note set not null")
            try tree[1].psql(
                """
                update account set note = null where id = 1;
                insert into account values (3, 'three', null), (4, 'four', 'x');
                update account set note = 'y' where id = 2;
                """)
            try settle(tree)
            #expect(
                try tree[2].psql("table account order by id")
                    == "1|one|x\n2|two|y\n4|four|x\n")
            #expect(try tree[2].psql("select count(*) from replication.quarantine") == "2\n")
            try tree[2].psqlHere("alter table account alter note drop not null")
            try expectAllEqual(tree)
            #expect(try tree[2].psql("select count(*) from account where note is null") == "2\n")
        }
    }

    @Test func aForeignKeyOfOneSideHoldsBackRowsWithoutAParent() throws {
        try withTree(
            schema:
                "create table a (id int primary key); create table b (id int primary key, a int)"
        ) {
            tree in
            try tree.syncUntilQuiet()
            try tree[2].psqlHere("alter table b add foreign key (a) references a")
            try tree[1].psql(
                "insert into a values (1); insert into b values (1, 1), (2, 2), (3, null)")
            try settle(tree)
            #expect(try tree[2].psql("select id from b order by id") == "1\n3\n")
            #expect(try tree[2].waiting() == "public.b { \"id\" : \"2\" } b_a_fkey\n")
            try tree[1].psql("insert into a values (2)")
            try expectAllEqual(tree)
        }
    }

    /// B has not applied the row that waits there, whatever its watermark says: what B writes under
    /// its key is a rival of it, and none of the two may go unrecorded.
    @Test(arguments: [false, true])
    func aRowWrittenUnderTheKeyOfOneThatWaitsIsAConflict(wayBackFirst: Bool) throws {
        try withTree(schema: accounts) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psqlHere("alter table account add check (note <> 'wrong')")
            try tree[1].psql("insert into account values (1, 'of A', 'wrong')")
            try settle(tree)
            try tree[2].psql("insert into account values (1, 'of B', 'right')")
            if wayBackFirst { try pull(tree, 2, 1) }
            try expectAllEqual(tree)
            #expect(try tree[1].psql("table account") == "1|of B|right\n")
            let conflicts = try Conflict.all(tree[1].connection)
            #expect(conflicts.map(\.loser.row) == [#"{"id":1,"name":"of A","note":"wrong"}"#])
        }
    }

    @Test func aRowThatWaitsAndIsDeletedOrTruncatedWaitsNoMore() throws {
        try withTree(schema: accounts) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psqlHere("alter table account add check (note <> 'wrong')")
            try tree[1].psql(
                "insert into account values (1, 'a', 'wrong'), (2, 'b', 'wrong'), (3, 'c', '')")
            try settle(tree)
            #expect(try tree[2].psql("select count(*) from replication.quarantine") == "2\n")
            try tree[1].psql("delete from account where id = 1")
            try settle(tree)
            #expect(try tree[2].psql("select count(*) from replication.quarantine") == "1\n")
            try tree[1].psql("truncate account cascade")
            try expectAllEqual(tree)
            #expect(try tree[2].psql("select count(*) from account") == "0\n")
        }
    }

    /// Only the newest state of a row that waits is asked for, also when its entries are purged.
    @Test func aRowThatWaitsOutlivesThePurge() throws {
        try withTree(3, schema: accounts) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psqlHere("alter table account add constraint c check (note <> 'wrong')")
            try tree[1].psql("insert into account values (1, 'a', 'wrong')")
            try settle(tree)
            try tree[1].psql(
                "update replication.self set keep = '0'; select replication.purge()")
            try settle(tree)
            #expect(try tree[3].psql("table account") == "")
            try tree[2].psqlHere("alter table account drop constraint c")
            try expectAllEqual(tree)
            #expect(try tree[3].psql("table account") == "1|a|wrong\n")
        }
    }

    @Test func aDryRunChangesNothingAboutRowsThatWait() throws {
        try withTree(schema: accounts) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psqlHere("alter table account add check (note <> 'wrong')")
            try tree[1].psql("insert into account values (1, 'a', 'wrong')")
            var dry = SyncOptions()
            dry.isDryRun = true
            let report = try tree.sync((1, 2), dry)
            #expect(report.directions[0].waiting == ["public.account": 1])
            #expect(try tree[2].waiting() == "")
        }
    }

    @Test func aMergeThatNobodyAskedForIsRefused() throws {
        let schema = "create table account (id int primary key, name text unique)"
        try withTree(schema: schema, installing: false) { tree in
            try tree[1].psql("insert into account values (1, 'ann')")
            try tree[2].psql("insert into account values (2, 'ann')")
            try tree.install()
            let error = try refusal { try tree.sync((1, 2)) }
            guard case .rowsDiffer = error else {
                Issue.record("\(error)")
                return
            }
            #expect(try tree[2].psql("table account") == "2|ann\n")
        }
    }

    /// The keys of what waits are kept as text, whatever their types.
    @Test func keysOfAnyTypeWait() throws {
        let schema = """
            create type mood as enum ('it''s', 'fine');
            create table odd (a text, b numeric, c timestamptz, d bytea, e mood, f uuid, g text[],
                bad boolean, primary key (a, b, c, d, e, f, g));
            """
        try withTree(schema: schema) { tree in
            try tree.syncUntilQuiet()
            try tree[2].psqlHere("alter table odd add constraint c check (not bad)")
            try tree[1].psql(
                #"""
                insert into odd values
                    (E'quo"te''s {,} \\ NULL', 1.50, '2026-01-02 03:04:05.678901+05', '\x00ff27',
                        'it''s', '00000000-0000-0000-0000-000000000001', array['{', null, '"'], true),
                    ('', 'NaN', 'infinity', '', 'fine',
                        '00000000-0000-0000-0000-000000000002', '{}', true),
                    ('ok', 1, 'now', '', 'fine', '00000000-0000-0000-0000-000000000003', '{}', false);
                """#)
            try settle(tree)
            #expect(try tree[2].psql("select a from odd") == "ok\n")
            try tree[2].psqlHere("alter table odd drop constraint c")
            try expectAllEqual(tree)
            #expect(try tree[2].psql("select count(*) from odd") == "3\n")
        }
    }

    /// In the first direction the row of the target's that a waiting one would have met goes back
    /// all the same, and neither is lost unrecorded.
    @Test func theRivalOfAWaitingRowGoesBackOverANewEdge() throws {
        try withTree(schema: accounts, installing: false) { tree in
            try tree[2].psql(
                """
                insert into account values (1, 'of B', 'right');
                alter table account add check (note <> 'wrong')
                """)
            try tree[1].psql("insert into account values (1, 'of A', 'wrong')")
            try tree.install()
            try tree[1].psql("update account set name = 'of A, later' where id = 1")
            var merge = SyncOptions()
            merge.merges = true
            try tree.syncUntilQuiet(merge)
            try tree[1].psql("update account set note = 'fits' where id = 1")
            try expectAllEqual(tree)
            let lost = try Conflict.all(tree[1].connection).map(\.loser.row)
            #expect(lost.contains(#"{"id":1,"name":"of B","note":"right"}"#))
        }
    }
}
