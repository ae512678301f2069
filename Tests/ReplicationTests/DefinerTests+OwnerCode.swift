import Postgres
import Replication
import TestSupport
import Testing

/// Functions that PostgreSQL calls while it plans a query on a table: they get the rights of the
/// owner of the table, and the replication goes on.
extension DefinerTests {
    /// `fold` is harmless until it is replaced: an index cannot be made with it otherwise.
    private static let folding =
        hit + """
            create function evil.fold() returns int language plpgsql immutable
                as $$ begin return 0; end $$;
            create function evil.folds(int, int) returns int language plpgsql immutable
                as $$ begin return 0; end $$;
            create operator evil.@@@ (leftarg = int, rightarg = int, function = evil.folds);
            create table evil.parted (id int primary key, a int) partition by list (id);
            create table evil.part partition of evil.parted default;
            create table evil.expression (id serial primary key, a int not null, lo bigint, b bigint);
            create table evil.predicate (id serial primary key, a int);
            create table evil.of_operator (id serial primary key, a int);
            create table evil.statistics (id serial primary key, a int);
            create table evil.by_key (id serial not null, a int) partition by list ((a + evil.fold()));
            create table evil.by_key_1 partition of evil.by_key default;
            create table evil.alone (id int primary key, a int);
            create index on evil.part ((a + evil.fold()));
            create index on evil.expression ((a + evil.fold()));
            create index on evil.predicate (a) where a > evil.fold();
            create index on evil.of_operator ((a + (1 operator(evil.@@@) 1)));
            create statistics evil.of_sum on (a + evil.fold()), id from evil.statistics;
            create table evil.checked (id serial not null, a int check (a <> evil.fold() - 1), lo bigint)
                partition by list (id);
            create table evil.checked_1 partition of evil.checked default;
            create index on evil.alone ((a + evil.fold()));
            insert into evil.parted select n, n from generate_series(1, 3) as n;
            insert into evil.expression (a, lo) values (11, 1), (12, 2);
            insert into evil.alone values (1, 1), (2, 2);

            """

    private static let replaced = """
        create or replace function evil.fold() returns int language plpgsql immutable
            as $$ begin return evil.hit() - 1; end $$;
        create or replace function evil.folds(int, int) returns int language plpgsql immutable
            as $$ begin return evil.hit() - 1; end $$;
        """

    private static let statements = [
        "truncate evil.part",
        "alter table evil.expression rename to by_expression",
        "alter table evil.predicate rename to by_predicate",
        "alter table evil.of_operator rename to by_operator",
        "alter table evil.statistics rename to by_statistics",
        "alter table evil.by_key rename to by_this_key",
        "set constraint_exclusion = on; alter table evil.checked add primary key (id)",
        "set constraint_exclusion = on; alter table evil.checked rename to with_check",
        "alter table evil.by_expression rename lo to large",
        "alter table evil.by_expression add c double precision default random()",
        "alter table evil.by_expression drop constraint expression_pkey, add primary key (a)",
        "alter table evil.by_expression alter a type bigint",
        "create table evil.host (id int primary key, a int) partition by list (id);"
            + " alter table evil.host attach partition evil.alone default",
        "truncate evil.alone",
        "insert into evil.host values (3, 3); alter table evil.host detach partition evil.alone",
        "grant usage on schema replication to trompe_definer",
    ]

    private func withFolding(_ body: (TestTree) throws -> Void) throws {
        try withRole(Self.owner) {
            try withTree(2, schema: Self.folding) { tree in
                try tree.syncUntilQuiet()
                try body(tree)
                for node in tree.nodes { try node.psql("drop owned by \(Self.owner) cascade") }
            }
        }
    }

    @Test func noFunctionIsCalledWithTheInstallersRightsByPlanning() throws {
        try withFolding { tree in
            for node in tree.nodes { try node.psql("set role \(Self.owner);" + Self.replaced) }
            for statement in Self.statements {
                try tree[1].psql(
                    statement.hasPrefix("grant")
                        ? statement : "set role \(Self.owner); " + statement)
                #expect(try hits(tree[1]) == 0, "\(statement)")
            }
            // Anybody may call this one, with what he owns.
            try tree[1].psql(
                """
                set role \(Self.owner);
                select replication.large_object('evil.by_expression', 'b')
                """)
            #expect(try hits(tree[1]) == 0, "large_object")
            // Whoever installs again, or mends, reads the tables as well.
            try tree[1].install()
            try tree[1].psql(
                """
                select replication.mend(r.relid), replication.log_all(r.id)
                from replication.relation as r
                where r.tablename like 'evil.%';
                """)
            #expect(try hits(tree[1]) == 0, "installed again")
            let logged = try tree[1].psql(
                """
                select string_agg(action::text || (key ->> 'id'), ' ' order by (key ->> 'id')::int)
                from replication.log where tablename = 'evil.parted' and action = 'D'
                """)
            #expect(logged == "D1 D2 D3\n")
        }
    }

    /// Index expressions with functions of one's own are nothing evil: all of it reaches the others.
    @Test func tablesWithFunctionsOfTheirOwnersAreReplicated() throws {
        try withFolding { tree in
            for statement in Self.statements.dropLast() {
                try tree[1].psql("set role \(Self.owner); " + statement)
                try tree.syncUntilQuiet()
                #expect(try tree[1].contents() == tree[2].contents(), "\(statement)")
            }
            // Keys and versions were kept, so that later changes meet the same rows.
            try tree[1].psql("update evil.by_expression set large = 3 where a = 11")
            try tree[2].psql("delete from evil.by_expression where a = 12")
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(try tree[1].psql("select a, large from evil.by_expression") == "11|3\n")
            let numbers = try tree.nodes.map { node in
                try node.psql(
                    """
                    insert into evil.by_predicate (a) values (1)
                    returning (id - \(node.number)) % 100
                    """)
            }
            #expect(numbers == ["0\n", "0\n"])
        }
    }

    /// What his functions do to the session while they run as the owner would change what the rest
    /// of a definer's statements mean.
    @Test func whatTheOwnersFunctionDoesMeanwhileIsUndone() throws {
        try withFolding { tree in
            try tree[1].psql(
                """
                set role \(Self.owner);
                create function evil.times(numeric, numeric) returns numeric language plpgsql
                    as $$ begin return evil.hit(); end $$;
                create operator evil.* (leftarg = numeric, rightarg = numeric, function = evil.times);
                create table evil.witness (id int primary key);
                create function evil.act() returns int language plpgsql as $$
                begin
                    if current_user = 'trompe_definer' then
                        perform pg_catalog.set_config('search_path', 'evil, pg_catalog', false);
                        perform pg_catalog.set_config('row_security', 'on', false);
                        insert into evil.witness values (1) on conflict do nothing;
                        alter table evil.expression rename to elsewhere;
                        create view evil.expression as select evil.hit() as id;
                    end if;
                    return evil.hit() - 1;
                end $$;
                create or replace function evil.fold() returns int language plpgsql immutable
                    as $$ begin return evil.act(); end $$
                """)
            for statement in ["truncate evil.part", "alter table evil.expression add x int unique"]
            {
                let after = try tree[1].psql(
                    "set role \(Self.owner); \(statement); show search_path; table evil.witness")
                #expect(after == "\"$user\", public\n", "\(statement)")
                #expect(try hits(tree[1]) == 0)
            }
        }
    }

    /// A snapshot that is older than a definition does not show it; the planner sees it all the same.
    @Test func anOldSnapshotHidesNoDefinition() throws {
        try withFolding { tree in
            let session = try tree[1].session()
            defer { session.close() }
            try tree[1].psql(
                """
                set role \(Self.owner);
                drop index evil.expression_expr_idx;
                insert into evil.expression (a) values (13);
                """)
            try session.script("set role \(Self.owner)")
            try session.script("begin isolation level repeatable read; select 1")
            try tree[1].psql(
                """
                set role \(Self.owner);
                create statistics evil.unseen on (a + evil.fold()), id from evil.expression;
                \(Self.replaced)
                """)
            try session.script("alter table evil.expression rename to renamed; commit")
            #expect(try hits(tree[1]) == 0)
        }
    }

    /// Between the look at a table and its reading, nobody who owns it puts an index on it.
    @Test func aTableIsLockedBeforeItIsLookedAt() throws {
        try withFolding { tree in
            let modes = try tree[1].psql(
                """
                begin;
                select replication.number_sequences('evil.expression');
                select replication.number_sequences('replication.member');
                select relation::regclass, mode from pg_locks
                where mode = 'ShareUpdateExclusiveLock' and locktype = 'relation';
                """)
            #expect(modes == "\n\nevil.expression|ShareUpdateExclusiveLock\n")
        }
    }

    /// Keys come from the owner as text, and to read that evaluates the CHECK of a domain inside.
    @Test func noDomainInsideOfAKeyIsChecked() throws {
        try withFolding { tree in
            let made = """
                create function evil.holds(int) returns boolean language plpgsql immutable
                    as $$ begin return evil.hit() = 1; end $$;
                create domain evil.number as int;
                create type evil.pair as (a evil.number);
                """
            try tree[1].psql("set role \(Self.owner); " + made)
            for (name, type) in [("pairs", "evil.pair"), ("arrays", "evil.number[]")] {
                try tree[1].psql(
                    """
                    set role \(Self.owner);
                    create table evil.\(name) (id \(type), p int, primary key (id, p))
                        partition by list (p);
                    create table evil.\(name)_1 partition of evil.\(name) default;
                    create table evil.of_\(name) (id int primary key, a \(type) not null);
                    create index on evil.\(name)_1 ((p + evil.fold()));
                    create index on evil.of_\(name) ((id + evil.fold()));
                    insert into evil.\(name) values (
                        case '\(name)' when 'pairs' then '(1)' else '{1}' end::\(type), 1);
                    insert into evil.of_\(name) select p, id from evil.\(name);
                    \(Self.replaced)
                    """)
                // It can get its CHECK at any time.
                let before = try hits(tree[1])
                for statement in [
                    "truncate evil.\(name)_1",
                    "alter table evil.of_\(name) drop constraint of_\(name)_pkey, add primary key (a)",
                ] {
                    #expect(throws: Psql.Failure.self, "\(statement)") {
                        try tree[1].psql("set role \(Self.owner); " + statement)
                    }
                    #expect(try hits(tree[1]) == before, "\(statement)")
                }
            }
            #expect(try hits(tree[1]) == 0)
        }
    }

    /// Nobody but a superuser owns that table: there is no owner who could read it instead.
    @Test func aSuperusersTableWithAFunctionOfAnothersIsRefused() throws {
        try withFolding { tree in
            try tree[1].psql(
                """
                alter table evil.part owner to current_user;
                alter table evil.expression owner to current_user;
                grant truncate on evil.part to \(Self.owner);
                set role \(Self.owner);
                \(Self.replaced)
                """)
            for statement in [
                "set role \(Self.owner); truncate evil.part",
                "alter table evil.expression rename to renamed",
            ] {
                let failure = try #require(
                    #expect(throws: Psql.Failure.self) { try tree[1].psql(statement) })
                #expect("\(failure)".contains("evil.fold()"), "\(failure)")
            }
            #expect(try hits(tree[1]) == 0)
            // As the hint says.
            try tree[1].psql(
                """
                create or replace function evil.fold() returns int language sql immutable
                    as 'select 0';
                alter function evil.fold() owner to current_user;
                alter table evil.expression rename to renamed;
                truncate evil.part
                """)
        }
    }
}
