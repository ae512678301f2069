import Postgres
import TestSupport
import Testing

@testable import Replication

/// Code of a table's owner that runs in the agent's session while a direction applies rows.
@Suite(.serialized) struct AgentCodeTests {
    /// Tries what only a superuser can, swallows the refusals, and notes in sequences, which no
    /// rollback takes back, that it ran and what it could do.
    private static let code = """
        create schema evil authorization trompe_owner;
        grant usage on schema evil to public;
        grant create on schema public to trompe_owner;
        set role trompe_owner;
        create sequence evil.tried;
        create sequence evil.hits;
        grant all on all sequences in schema evil to public;
        create function evil.try(who text) returns boolean language plpgsql immutable as $$
        declare
            what text;
        begin
            if current_user <> 'trompe_agent' then return true; end if;
            perform pg_catalog.nextval('evil.tried_' || who);
            foreach what in array array[
                'create role trompe_made superuser', 'alter role trompe_agent superuser',
                'set local role postgres', 'set local session authorization postgres',
                'create table public.made (a int)', 'create schema made',
                'select rolpassword from pg_catalog.pg_authid',
                'copy (select 1) to program ''true''', 'select pg_catalog.pg_read_file(''PG_VERSION'')',
                'update pg_catalog.pg_class set relowner = 0', 'table public.secret',
                'drop schema replication cascade', 'alter function replication.purge() security definer',
                'alter table public.note disable trigger all',
                'create or replace function replication.purge() returns bigint language sql as ''select 1'''
            ] loop
                begin
                    execute what;
                    perform pg_catalog.nextval('evil.hits');
                exception when others then
                end;
            end loop;
            return true;
        end $$;
        create function evil.trigger() returns trigger language plpgsql
            as $$ begin perform evil.try('trigger'); return new; end $$;
        create function evil.merge(older jsonb, newer jsonb) returns jsonb language plpgsql
            as $$ begin perform evil.try('policy'); return newer; end $$;
        create function evil.number(int) returns int language plpgsql immutable
            as $$ begin perform evil.try('generated'); return 1; end $$;
        create function evil.index(int) returns int language plpgsql immutable
            as $$ begin perform evil.try('index'); return 1; end $$;
        create domain evil.checked as text check (evil.try('domain'));
        create sequence evil.tried_trigger; create sequence evil.tried_policy;
        create sequence evil.tried_generated; create sequence evil.tried_index;
        create sequence evil.tried_domain; create sequence evil.tried_check;
        grant all on all sequences in schema evil to public;
        reset role;
        create table secret (a int);
        create table note (id int primary key, text evil.checked check (evil.try('check')),
            made int generated always as (evil.number(id)) stored);
        alter table note owner to trompe_owner;
        set role trompe_owner;
        create index on note (evil.index(id));
        create trigger always before insert or update on note
            for each row execute function evil.trigger();
        alter table note enable always trigger always;
        reset role;
        """

    @Test func itCanDoNoMoreThanTheAgentsRole() throws {
        try withRole("trompe_owner") {
            try withRole("trompe_agent") {
                try withTree(2, schema: Self.code) { tree in
                    try setPolicy(
                        tree[1].connection, table: "public.note", policy: "function",
                        argument: "evil.merge")
                    try tree[1].psql("insert into note values (1, 'a')")
                    try tree.syncUntilQuiet()
                    try tree[1].psql("update note set text = 'b'; insert into note values (2, 'c')")
                    try tree[2].psql("update note set text = 'd'")
                    let sessions = try tree.nodes.map { try $0.agentSession("trompe_agent") }
                    _ = try Edge(sessions[0], sessions[1]).sync()
                    #expect(
                        try tree[1].psql("select id, text from note order by 1") == "1|d\n2|c\n")
                    #expect(
                        try tree[2].psql(
                            """
                            select string_agg(relname::text, ' ' order by relname)
                            from pg_class
                            where relkind = 'S' and relname like 'tried\\_%'
                                and pg_sequence_last_value(oid) is null
                            """) == "\\N\n", "all of it must have run")
                    for node in tree.nodes {
                        #expect(
                            try node.psql("select pg_sequence_last_value('evil.hits')") == "\\N\n")
                        try node.psql("drop owned by trompe_agent")
                    }
                    #expect(try tree[1].contents() == tree[2].contents())
                }
            }
        }
    }

    /// Statements of a trigger's function, the setting that the sync then names, and whether the
    /// trigger waits for the end of the transaction.
    static let changes: [(text: String, setting: String, isDeferred: Bool)] = [
        ("set session_replication_role = origin", "session_replication_role", false),
        ("set session_replication_role = origin", "session_replication_role", true),
        ("set local session_replication_role = local", "session_replication_role", false),
        ("set search_path = evil, pg_catalog", "search_path", false),
        ("set search_path = evil, pg_catalog", "search_path", true),
        ("set row_security = on", "row_security", false),
        ("set datestyle = 'German'", "DateStyle", false),
        ("set local lock_timeout = '1s'", "lock_timeout", false),
        ("reset all", "search_path", false),
        ("set role trompe_owner", "role", true),
    ]

    @Test func whatItDoesToTheSessionEndsTheDirection() throws {
        try withRole("trompe_owner") {
            try withTree(2, schema: noteTable + "create schema evil;") { tree in
                try tree.syncUntilQuiet()
                for (number, change) in Self.changes.enumerated() {
                    let kind = change.isDeferred ? "constraint trigger" : "trigger"
                    let when = change.isDeferred ? "deferrable initially deferred" : ""
                    try tree[2].psqlHere(
                        """
                        create or replace function evil.change() returns trigger language plpgsql
                            as $$ begin \(change.text); return null; end $$;
                        create \(kind) change after insert on note \(when)
                            for each row execute function evil.change();
                        alter table note enable always trigger change;
                        """)
                    try tree[1].psql("insert into note values (\(number), 'x')")
                    let state = "table replication.log; table replication.neighbour; table note"
                    let before = try tree[2].psql(state)
                    let error = try refusal { try tree.sync((1, 2)) }
                    guard case .settingsChanged("B", let settings, let tables) = error else {
                        throw error
                    }
                    #expect(settings.contains(change.setting), "\(change)")
                    #expect(tables.contains("public.note"))
                    #expect(try tree[2].psql(state) == before, "\(change)")
                    // In the same sessions, it goes on as if nothing had been.
                    try tree[2].psqlHere("drop trigger change on note")
                    try tree.syncUntilQuiet()
                    #expect(try tree[1].contents() == tree[2].contents(), "\(change)")
                }
                #expect(try tree[2].psql("select count(*) from note") == "10\n")
            }
        }
    }

    /// A function with SET clauses of its own leaves nothing behind.
    @Test func settingsOfItsOwnDoNoHarm() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree[2].psql(
                """
                create function change() returns trigger language plpgsql
                    set search_path = public set datestyle = 'German'
                    as $$ begin return new; end $$;
                create trigger change before insert on note for each row execute function change();
                alter table note enable always trigger change;
                """)
            try tree[1].psql("insert into note values (1, 'x')")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("table note") == "1|x\n")
        }
    }

    /// The name of a policy's function comes from a table that travels, and becomes part of a
    /// statement.
    @Test func whatIsNoNameOfAFunctionIsNotExecuted() throws {
        try withTree(2, schema: noteTable + "create sequence hits;") { tree in
            try tree[1].psql(
                "insert into replication.policy values ('public.note', 'function', null, $$\(Self.injected)$$)"
            )
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                try node.psql("insert into note values (1, 'of \(node.letter)')")
            }
            let error = try refusal { try tree.sync((1, 2)) }
            guard case .policyFunctionMissing("B", "public.note", _) = error else { throw error }
            #expect(try tree[2].psql("select pg_sequence_last_value('hits')") == "\\N\n")
        }
    }

    /// It would be called, and draw a number, if it were taken as it is.
    private static let injected = """
        coalesce(nextval('public.hits')::text::jsonb, null) || jsonb_build_array
        """
}

extension TestNode {
    /// A session of a role that is given, first of all, what it lacks for a sync.
    func agentSession(_ role: String) throws -> Connection {
        let session = try Connection(
            conninfo.replacing("user=postgres", with: "user='\(role)'"), label: letter)
        for statement in try Rights.missingGrants(session) { try psql(statement) }
        return session
    }
}
