import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Changes of schema that meet what else is going on: names that move, rows on their way, bad links.
@Suite struct SchemaMeetingTests {
    /// What A and B do: a name in B's statement means another table at A by then.
    static let movedNames = [
        (
            "alter table note rename to old; create table note (id int primary key)",
            "create table x (id int primary key, note int references note)"
        ),
        (
            "begin; alter table note rename to tmp; alter table other rename to note; "
                + "alter table tmp rename to other; commit",
            "alter table note add more int"
        ),
        (
            "alter table note rename to old; create table note (id int primary key)",
            "create view x as select id from note"
        ),
    ]

    @Test(arguments: movedNames)
    func aNameThatMeansAnotherTableThereIsRefused(onA: String, onB: String) throws {
        try withTree(2, schema: noteTable + "create table other (id int primary key);") { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(onA)
            try tree[2].psql(onB)
            let before = try tree.nodes.map { try $0.schema() }
            let error = try refusal { try tree.sync((1, 2)) }
            guard case .schemaContradiction = error else { throw error }
            #expect(error.message.contains(onB))
            #expect(try tree.nodes.map { try $0.schema() } == before)
        }
    }

    /// Columns that were made with other values, and are alike by now, have the values of one side.
    @Test func valuesThatWereMadeUnlikeAreLevelled() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree[1].psql("insert into note values (1, 'a'), (2, 'b')")
            try tree.syncUntilQuiet()
            try tree[1].psql("alter table note add n int default 5")
            try tree[2].psql(
                "alter table note add n int default 6; update note set n = 7 where id = 2")
            _ = try refusal { try tree.sync((1, 2)) }
            try tree[2].psql("alter table note alter n set default 5")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.psql("select id, n from note order by id") == "1|5\n2|7\n")
            }
        }
    }

    /// The server's own words, where a type does not fit the rows of the other side.
    @Test func whatDoesNotFitIsSaid() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree[1].psql("insert into note values (1, 'a')")
            try tree.syncUntilQuiet()
            try tree[1].psql("alter table note alter text type varchar(3)")
            try tree[2].psql("update note set text = 'too long'")
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(error.message.contains("22001"))
            try tree[2].psql("update note set text = 'abc'")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("table note") == "1|abc\n")
        }
    }

    /// What waited for rows is not taken for done as its column has another name on both sides by then.
    @Test func aNotNullThatWaitedFollowsItsColumn() throws {
        try withTree(2, schema: "create table part (id int primary key, a int);") { tree in
            try tree[1].psql("insert into part values (1, 1)")
            try tree.syncUntilQuiet()
            try tree[1].psql(
                """
                alter table part add b int;
                update part set b = a;
                alter table part alter b set not null;
                alter table part rename b to c;
                """)
            try tree.syncUntilQuiet()
            #expect(try tree[1].schema() == tree[2].schema())
            #expect(try tree[2].psql("select c from part") == "1\n")
        }
    }

    /// A statement is carried out as who made it, and what it calls cannot take on the agent's rights.
    @Test func whoMadeItIsWhoDoesIt() throws {
        try withRole("trompe_maker") {
            try withTree(2, schema: "grant create on schema public to trompe_maker;") { tree in
                try tree.syncUntilQuiet()
                let makers = tree.nodes.map {
                    $0.conninfo.replacing("user=postgres", with: "user=trompe_maker")
                }
                try Psql.run(
                    makers[0],
                    """
                    create table who (id int primary key);
                    create function evil() returns text language plpgsql as $$
                    begin
                        begin
                            execute 'reset role';
                        exception when others then
                            null;
                        end;
                        begin
                            execute 'set role postgres';
                        exception when others then
                            null;
                        end;
                        create table if not exists did (name text);
                        insert into did values (current_user);
                        return 'x';
                    end $$;
                    """)
                try tree.syncUntilQuiet()
                try tree[2].psql("insert into who values (1)")
                try tree.syncUntilQuiet()
                try tree[2].psql("insert into who values (2)")
                // A default that is computed for each row that is there.
                try Psql.run(
                    makers[1],
                    "create table did (name text); alter table who add e text default evil()")
                try tree.syncUntilQuiet()
                #expect(try tree[1].psql("select distinct name from did") == "trompe_maker\n")
                for node in tree.nodes {
                    #expect(
                        try node.psql("select tableowner from pg_tables where tablename = 'who'")
                            == "trompe_maker\n")
                    try node.psql("drop owned by trompe_maker")
                }
            }
        }
    }

    /// A role that the other side does not have stops the sync, unless the agent shall do it.
    @Test func aRoleThatIsMissing() throws {
        try withTree(2) { tree in
            try tree.syncUntilQuiet()
            let role = "trompe_gone_\(tree[1].database)"
            try tree[1].psql(
                """
                create role \(role) superuser; set role \(role); create table t (id int primary key);
                reset role; reassign owned by \(role) to postgres; drop role \(role);
                """)
            let error = try refusal { try tree.sync((1, 2)) }
            guard case .roleMissing("B", role, false, _) = error else { throw error }
            #expect(error.hint?.contains("--schema-as-agent") == true)
            var options = SyncOptions()
            options.runsSchemaChangesAsAgent = true
            try tree.syncUntilQuiet(options)
            #expect(
                try tree[2].psql("select tableowner from pg_tables where tablename = 't'")
                    == "postgres\n")
        }
    }

    /// A table that was emptied for rows with new keys is not left so where the change then fails.
    @Test func aChangeOfKeysThatFailsTakesNothing() throws {
        try withTree(2, schema: "create table t (id serial primary key, a text);") { tree in
            try tree[2].psql("insert into t (a) values ('a'), ('b'), ('c')")
            try tree.syncUntilQuiet()
            try tree[1].psqlHere("create table new_key (id int primary key)")
            // Both have changed the schema: B's changes are committed on A by themselves.
            try tree[1].psql(
                "create view of_a as select 1 as one; update t set a = 'A' where id = 2")
            try tree[2].psql(
                """
                alter table t add column k bigserial;
                alter table t drop constraint t_pkey;
                alter table t add constraint new_key primary key (k);
                """)
            for _ in 1...2 {
                let error = try refusal { try tree.sync((1, 2)) }
                #expect(error.message.contains("add constraint new_key"))
                #expect(try tree[1].psql("select count(*) from t") == "3\n")
            }
            try tree[1].psqlHere("drop table new_key")
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[1].psql("select count(*) from t") == "3\n")
            #expect(
                try tree[1].psql("select loser ->> 'a' from replication.conflict") == "A\n")
        }
    }

    /// Who changes the schema waits for nobody who does so elsewhere.
    @Test func changesOfOtherTablesDoNotWaitForEachOther() throws {
        try withTree(1, schema: noteTable + "create table other (id int primary key);") { tree in
            try tree[1].psqlHere("alter table note alter text type varchar")
            let sessions = try (1...2).map { _ in try Connection(tree[1].conninfo) }
            for (session, table) in zip(sessions, ["note", "other"]) {
                try session.script("reset all; set lock_timeout = '2s'; begin")
                try session.script(
                    "alter table \(table) add n int; alter table \(table) alter n type text")
                try session.script("select replication.pause_ddl(); alter table \(table) add m int")
            }
            for session in sessions { try session.script("commit") }
            #expect(try tree[1].psql("select count(*) from replication.ddl_rewrite") == "0\n")
        }
    }

    /// The key of a partitioned table can go, and another one come.
    @Test func aPartitionedTableGetsAnotherKey() throws {
        let schema = """
            create table p (id int, k int, v int not null, primary key (id, k)) partition by list (k);
            create table p1 partition of p for values in (1);
            """
        try withTree(2, schema: schema) { tree in
            try tree[1].psql("insert into p values (1, 1, 10), (2, 1, 20)")
            try tree.syncUntilQuiet()
            try tree[2].psql("update p set v = 21 where id = 2")
            try tree[1].psql(
                "alter table p drop constraint p_pkey; alter table p add primary key (v, k); "
                    + "insert into p values (3, 1, 30)")
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[1].schema() == tree[2].schema())
        }
    }

    /// Where a large backlog does not get over with the changes of schema, they go first the next time.
    @Test func aBadLinkBringsThemInTheEnd() throws {
        try withTree(2, schema: itemTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql(
                "alter table item add more int default 1; "
                    + "insert into item select i, 'a', i from generate_series(1, 9) as i")
            let before = try tree[2].schema()
            #expect(throws: PostgresError.self) { try tree.cutSync((1, 2), after: 1) }
            #expect(try tree[2].schema() == before)
            try cutAfter(3, tree)
            #expect(try tree[2].schema() == tree[1].schema())
            try cutAfter(3, tree)
            try tree.sync((1, 2), .bitByBit)
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[2].psql("select was_tried from replication.neighbour") == "f\n")
        }
    }
}
