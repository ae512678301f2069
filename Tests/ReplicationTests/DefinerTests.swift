import Postgres
import Replication
import TestSupport
import Testing

/// Functions that run with the rights of whoever installed: nothing that the owner of a table, a type
/// or an operator can do gets a function of his called by them.
@Suite(.serialized) struct DefinerTests {
    static let owner = "trompe_definer"

    /// Draws from a sequence, which no rollback takes back, where it runs with other rights than its
    /// owner's.
    static let hit = """
        create schema evil authorization trompe_definer;
        create sequence evil.hits;
        grant usage on sequence evil.hits to public;
        set role trompe_definer;
        create function evil.hit() returns int language plpgsql volatile as $$
        begin
            if current_user <> 'trompe_definer' then perform pg_catalog.nextval('evil.hits'); end if;
            return 1;
        end $$;
        """

    private static let tables = """
        create extension citext;
        grant create on schema public to trompe_definer;
        set role trompe_definer;
        create function evil.holds(anyelement) returns boolean language plpgsql immutable
            as $$ begin return evil.hit() = 1; end $$;
        create domain evil.checked as int check (evil.holds(value));
        create domain evil.shadowed as citext;
        create type evil.pair as (a int);
        create table evil.note (id int primary key, text text);
        create table evil.second (id int primary key, text text);
        create table evil.of_domain (id evil.checked primary key);
        create table evil.left_domain (id evil.checked primary key);
        create table evil.parted (id evil.shadowed primary key) partition by list (id);
        create table evil.parted_1 partition of evil.parted default;
        create table evil.policed (id int primary key) partition by list (id);
        create table evil.policed_1 partition of evil.policed default;
        create table evil.base (id int primary key);
        create table evil.heir (primary key (id)) inherits (evil.base);
        """

    /// What the owner does, each in a session of his own; whether it fails does not matter.
    private static let attacks: [(what: String, text: String)] = [
        (
            "a CHECK of the key's domain",
            "insert into evil.of_domain values (1); update evil.of_domain set id = 2;"
                + " delete from evil.of_domain"
        ),
        (
            "a domain that its column has left",
            """
            drop trigger replication_key on evil.left_domain;
            alter table evil.left_domain alter id type int;
            insert into evil.left_domain values (1)
            """
        ),
        (
            "an operator for the domain, beside the type's own",
            """
            create function evil.equal(evil.shadowed, evil.shadowed) returns boolean
                language plpgsql as $$ begin return evil.hit() = 1; end $$;
            create operator public.= (leftarg = evil.shadowed, rightarg = evil.shadowed,
                function = evil.equal);
            insert into evil.parted values ('a');
            update evil.parted set id = 'b';
            truncate evil.parted_1
            """
        ),
        (
            "a cast from the type that a column was given",
            """
            drop trigger replication_key on evil.note;
            create function evil.number(evil.pair) returns int language plpgsql
                as $$ begin return evil.hit(); end $$;
            create cast (evil.pair as int) with function evil.number(evil.pair) as implicit;
            alter table evil.note alter id type evil.pair using row(1)::evil.pair;
            insert into evil.note values (row(1), 'x')
            """
        ),
        (
            "a function that has the name that the column had",
            """
            create function evil.id(record) returns int language plpgsql
                as $$ begin return evil.hit(); end $$;
            alter table evil.second rename id to was;
            alter table evil.base rename id to was;
            set search_path = evil;
            insert into second values (1, 'x')
            """
        ),
        (
            "the same, row by row",
            "set search_path = evil; insert into base values (1); update base set was = 2"
        ),
        (
            "the same, of a partition that is emptied",
            """
            alter table evil.policed rename id to was;
            set search_path = evil;
            truncate evil.policed_1
            """
        ),
        (
            "a policy for the owner himself",
            """
            alter table evil.policed rename was to id;
            insert into evil.policed values (1);
            create policy all_of_it on evil.policed_1 using (evil.hit() = 1);
            alter table evil.policed_1 enable row level security, force row level security;
            truncate evil.policed_1
            """
        ),
    ]

    @Test func noFunctionOfAnOwnerIsCalledWithTheInstallersRights() throws {
        try withRole(Self.owner) {
            try withTree(1, schema: Self.hit, installing: false) { tree in
                try tree[1].psql(Self.tables)
                try tree.install()
                for (what, text) in Self.attacks {
                    try attempt(tree[1], "set role \(Self.owner); " + text)
                    #expect(try hits(tree[1]) == 0, "\(what)")
                }
                // Those that ran to their end were logged all the same.
                let logged = try tree[1].psql(
                    """
                    select string_agg(action::text || (key ->> 'id'), ' ' order by xid, 1)
                    from replication.log where tablename in ('evil.of_domain', 'evil.parted')
                    """)
                #expect(logged == "I1 U2 D1 D2 Ia Ub Da Db\n" || logged.hasPrefix("I1 D1 U2 D2 Ia"))
                // Whoever installs again calls nothing either.
                try? tree.install()
                try attempt(tree[1], "select replication.mend(relid) from replication.relation")
                try attempt(tree[1], "select replication.log_all(id) from replication.relation")
                #expect(try hits(tree[1]) == 0, "installed again")
            }
        }
    }

    /// The agent can write the registry. What it puts there must not be executed.
    @Test func theAgentGetsNothingCalledWithTheInstallersRights() throws {
        try withRole(Self.owner) {
            try withTree(1, schema: Self.hit + "reset role;" + noteTable) { tree in
                let id = try tree[1].psql("select max(id) from replication.relation")
                    .trimmingCharacters(in: .newlines)
                try tree[1].psql(
                    """
                    grant usage on schema replication to trompe_definer;
                    grant select, insert, update, delete, truncate
                        on all tables in schema replication to trompe_definer;
                    grant execute on function replication.number_sequences to trompe_definer;
                    """)
                let attacks = [
                    """
                    create sequence evil.drawn;
                    create view evil.seen as select evil.hit() as id;
                    alter view evil.seen alter id set default nextval('evil.drawn');
                    insert into replication.relation (relid, kind, key, digest)
                    values ('evil.seen', 'r', '{id}', '')
                    """,
                    "select replication.number_sequences('evil.seen')",
                    "select replication.place_of('evil.seen')",
                    """
                    create table evil.policed (id int primary key default nextval('evil.drawn'));
                    insert into evil.policed values (1);
                    create policy all_of_it on evil.policed using (evil.hit() = 1);
                    alter table evil.policed enable row level security, force row level security;
                    insert into replication.relation (relid, kind, key, digest)
                    values ('evil.policed', 'r', '{id}', '');
                    select replication.number_sequences('evil.policed')
                    """,
                    """
                    create temporary table mine (id int primary key);
                    create trigger forge after insert on mine referencing new table as new_rows
                    for each statement execute function replication.insert_\(id)();
                    insert into mine values (4711)
                    """,
                ]
                for attack in attacks {
                    try attempt(tree[1], "set role \(Self.owner); " + attack)
                    #expect(try hits(tree[1]) == 0, "\(attack)")
                }
                #expect(
                    try tree[1].psql(
                        "select count(*) from replication.log_\(id) where k1 = 4711") == "0\n"
                )
            }
        }
    }

    /// Every one of them is meant: a new one belongs into the attacks here.
    @Test func theyAreThese() throws {
        let schema = """
            create table note (id serial primary key);
            create table parted (id int primary key) partition by list (id);
            create table parted_1 partition of parted default;
            create table base (id int primary key);
            create table heir (primary key (id)) inherits (base);
            """
        try withTree(1, schema: schema) { tree in
            let definers = try tree[1].psql(
                """
                select distinct regexp_replace(p.proname, '_\\d+$', '') || case
                        when has_function_privilege('public', p.oid, 'EXECUTE') then ' (public)'
                        else ''
                    end
                from pg_proc as p
                where p.pronamespace = 'replication'::regnamespace
                    and p.prosecdef
                order by 1
                """)
            #expect(
                definers.split(separator: "\n") == [
                    "analyze_staging", "before_alter", "capture_ddl", "delete", "drop_staging",
                    "end_staging", "follow_all", "follow_number", "follow_policy", "insert", "key",
                    "large_object (public)", "let_go", "log_own_ddl", "make_staging",
                    "number_sequences", "part", "pause_ddl", "place_of (public)",
                    "set_object_column", "summarize_logs", "sweep_staging", "truncate", "update",
                ])
            // capture_ddl must see the search path of whoever made the statement.
            let unset = try tree[1].psql(
                """
                select p.proname
                from pg_proc as p
                where p.pronamespace = 'replication'::regnamespace
                    and p.prosecdef
                    and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
                    and not coalesce(p.proconfig
                        && array['search_path=""', 'search_path=pg_catalog, pg_temp'], false)
                """)
            #expect(unset == "")
            // What PL/pgSQL looks up while it runs must be PostgreSQL's own before it is a temporary
            // view of the caller's. These have every name qualified, or run under another's path.
            let elsewhere = try tree[1].psql(
                """
                select string_agg(p.proname, ' ' order by p.proname)
                from pg_proc as p
                    join pg_language as l on l.oid = p.prolang
                where p.pronamespace = 'replication'::regnamespace
                    and l.lanname = 'plpgsql'
                    and p.prorettype <> 'trigger'::regtype
                    and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)
                """)
            let known = "capture_ddl carry_out ddl length_of_comment restore token_length\n"
            #expect(elsewhere == known)
            // Those that read the users' tables do not let policies be called.
            let readers = try tree[1].psql(
                """
                select regexp_replace(p.proname, '_\\d+$', '')
                from pg_proc as p
                where p.pronamespace = 'replication'::regnamespace
                    and p.prosecdef
                    and 'row_security=off' = any (p.proconfig)
                order by 1
                """)
            #expect(readers == "number_sequences\npart\nset_object_column\n")
        }
    }

    func attempt(_ node: TestNode, _ text: String) throws {
        do {
            try node.psql(text)
        } catch is Psql.Failure {
        }
    }

    func hits(_ node: TestNode) throws -> Int? {
        try node.connection.query(
            "select case when is_called then last_value else 0 end as hits from evil.hits"
        ).first?.int("hits")
    }
}
