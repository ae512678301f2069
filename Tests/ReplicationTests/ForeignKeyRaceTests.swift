import Postgres
import Replication
import TestSupport
import Testing

/// Users who write parents and children while a direction does: foreign keys, which nobody checks
/// for the agent's session, are true when it commits.
@Suite struct ForeignKeyRaceTests {
    private static func family(_ action: String = "", on column: String = "id") -> String {
        """
        create table first (id int primary key, name text);
        create table parent (id int primary key, code int unique, name text);
        create table child (id int primary key,
            parent int references parent (\(column)) \(action));
        """
    }
    private static let rows = """
        insert into first values (1, 'one');
        insert into parent select n, n, 'name' from generate_series(1, 5) as n;
        """
    private static let all = "select id from parent union all select id from child order by id"

    /// While the direction waits for a row of a table before, when all is decided.
    private func afterTheDecisions(
        _ tree: TestTree, _ statements: String
    ) throws -> Edge.Report {
        try tree[1].psql("update first set name = 'A'")
        var options = SyncOptions()
        options.goesStraight = false
        return try tree.whileHeld(on: 2, by: "select from first for update", options) {
            try tree[2].psql(statements)
        }
    }

    @Test(arguments: ["id", "code"])
    func aChildIsInsertedWhenTheDeleteOfItsParentIsDecided(column: String) throws {
        try withLevelPair(Self.family(on: column), Self.rows) { tree in
            try tree[1].psql("delete from parent where id < 3")
            let report = try afterTheDecisions(tree, "insert into child values (10, 1)")
            #expect(report.directions[0].retries == 1)
            try tree.expectEqual("1\n3\n4\n5\n10\n", Self.all)
            #expect(try Conflict.all(tree[1].connection).count == 1)
        }
    }

    @Test func aParentIsDeletedWhenItsChildIsDecided() throws {
        try withLevelPair(Self.family(), Self.rows) { tree in
            try tree[1].psql("insert into child values (10, 1), (20, 2)")
            _ = try afterTheDecisions(tree, "delete from parent where id in (1, 3)")
            try tree.expectEqual("1\n2\n4\n5\n10\n20\n", Self.all)
            #expect(try Conflict.all(tree[1].connection).count == 1)
        }
    }

    /// The user's foreign key looks for the parent that the direction has deleted.
    @Test(arguments: ["read committed", "repeatable read", "serializable"])
    func aChildIsInsertedWhenItsParentIsDeleted(isolation: String) throws {
        try withLevelPair(Self.family(), Self.rows) { tree in
            try tree[1].psql("delete from parent where id = 1")
            var user: WaitingUser?
            _ = try tree.whileRecording("parent") {
                user = try WaitingUser(
                    tree[2],
                    """
                    begin isolation level \(isolation);
                    insert into child values (10, 1);
                    commit
                    """)
            }
            #expect(try #require(user).wait().contains("ERROR"))
            try tree.expectEqual("2\n3\n4\n5\n", Self.all)
        }
    }

    /// The direction has given a parent a child, and holds it as PostgreSQL's own check would: the
    /// user's delete waits, and then sees the child.
    @Test(
        arguments: [
            ("", "read committed", "ERROR", "1\n2\n3\n4\n5\n10\n"),
            ("", "repeatable read", "ERROR", "1\n2\n3\n4\n5\n10\n"),
            ("", "serializable", "ERROR", "1\n2\n3\n4\n5\n10\n"),
            ("deferrable initially deferred", "read committed", "ERROR", "1\n2\n3\n4\n5\n10\n"),
            ("on delete cascade", "read committed", "", "2\n3\n4\n5\n"),
            ("on delete set null", "read committed", "", "2\n3\n4\n5\n10\n"),
        ])
    func aParentIsDeletedWhenItsChildIsThere(
        action: String, isolation: String, says: String, rows: String
    ) throws {
        try withLevelPair(Self.family(action), Self.rows) { tree in
            try tree[1].psql("insert into child values (10, 1)")
            var user: WaitingUser?
            _ = try tree.whileRecording("child") {
                user = try WaitingUser(
                    tree[2],
                    """
                    begin isolation level \(isolation);
                    delete from parent where id = 1;
                    commit
                    """)
            }
            let said = try #require(user).wait()
            #expect(says.isEmpty ? said == "" : said.contains(says))
            try tree.expectEqual(rows, Self.all)
        }
    }

    /// A foreign key that nobody knew of when the rows were decided.
    @Test func aForeignKeyIsMadeMeanwhile() throws {
        let tables = """
            create table first (id int primary key, name text);
            create table parent (id int primary key);
            create table child (id int primary key, parent int);
            """
        let rows = """
            insert into first values (1, 'one');
            insert into parent values (1), (2), (3);
            insert into child values (10, 1);
            """
        try withLevelPair(tables, rows) { tree in
            try tree[1].psql("delete from child; delete from parent where id in (1, 2)")
            try tree[2].psql("update child set parent = 2")
            let report = try afterTheDecisions(
                tree, "alter table child add foreign key (parent) references parent")
            #expect(report.directions[0].retries == 1)
            #expect(try tree[2].brokenForeignKeys() == [])
            try tree.expectEqual("2\n3\n10\n", Self.all)
        }
    }

    /// A parent that is kept for its child is named just after its delete: it takes the delete's
    /// place wherever that has come, and nothing's that was written later.
    @Test func aParentThatIsKeptIsDatedJustAfterItsDelete() throws {
        try withLevelPair(Self.family(), Self.rows) { tree in
            try tree[1].psql("delete from parent where id = 1")
            try tree[2].psql("insert into child values (10, 1)")
            try tree.sync((1, 2))
            try expectRevived(tree, deletedOn: 1, knownTo: tree.nodes)
        }
    }

    @Test func aParentThatIsBroughtBackIsDatedJustAfterItsDelete() throws {
        try withLevelPair(Self.family(), Self.rows) { tree in
            try tree[1].psql("insert into child values (10, 1)")
            try tree[2].psql("delete from parent where id = 1")
            try tree.sync((1, 2))
            try expectRevived(tree, deletedOn: 2, knownTo: [tree[2]])
        }
    }

    private func expectRevived(
        _ tree: TestTree, deletedOn deleter: Int, knownTo nodes: [TestNode]
    ) throws {
        let deleted = try tree[1].psql(
            """
            select winner_origin, loser_origin, winner_changed_at - loser_changed_at
            from replication.conflict
            """)
        #expect(deleted == "2|\(deleter)|00:00:00.000001\n")
        for node in nodes {
            let newest = try node.psql(
                """
                select origin, changed_at = (select winner_changed_at from replication.conflict)
                from replication.log
                where tablename = 'public.parent'
                    and key ->> 'id' = '1'
                order by changed_at desc
                limit 1
                """)
            #expect(newest == "2|t\n", "node \(node.letter)")
        }
    }
}
