import Postgres
import Replication
import TestSupport
import Testing

/// Roles that write to tables and have no business with the replication.
@Suite(.serialized) struct ApplicationTests {
    private static let role = "trompe_writer"

    /// A role that may write to a table, and does not own it.
    @Test func anApplicationCannotHideAChange() throws {
        let schema = noteTable + "grant all on note to trompe_writer;"
        try withRole(Self.role) {
            try withTree(1, schema: schema) { tree in
                let before = try tree[1].psql("select max(xid) from replication.log")
                for attempt in [
                    "set session_replication_role = replica",
                    "set session_replication_role = local",
                    "alter table note disable trigger all",
                    "alter table note disable trigger replication_insert",
                    "drop trigger replication_insert on note",
                    "create rule hide as on insert to note do instead nothing",
                    "alter table note set unlogged",
                    "create table heir () inherits (note)",
                    "alter function replication.insert_1() rename to none",
                ] {
                    #expect(throws: Psql.Failure.self, "\(attempt)") {
                        try tree[1].psql("set role \(Self.role); " + attempt)
                    }
                }
                try tree[1].psql(
                    """
                    set role \(Self.role);
                    set plpgsql.extra_errors = 'all';
                    set plpgsql.variable_conflict = 'error';
                    create temporary table new_rows (id int, text text);
                    create temporary table old_rows (id int, text text);
                    create temporary table note (id int, text text);
                    create temporary table self (number int);
                    set search_path = pg_temp, pg_catalog;
                    set row_security = off;
                    set datestyle = 'German';
                    set transform_null_equals = on;
                    set default_transaction_isolation = serializable;
                    set jit = off;
                    copy public.note from stdin;
                    1\tcopied
                    \\.
                    insert into public.note values (1, 'x'), (2, 'x')
                    on conflict (id) do update set text = excluded.text;
                    merge into public.note as n using (values (1), (3)) as v (id) on v.id = n.id
                    when matched then delete
                    when not matched then insert values (v.id, 'merged');
                    with moved as (update public.note set id = 4 where id = 2 returning id)
                    insert into public.note select 5, 'x' from moved;
                    truncate public.note;
                    """)
                let logged = try tree[1].psql(
                    """
                    select string_agg(action::text || coalesce(key ->> 'id', ''), ' ' order by xid,
                        action::text, key ->> 'id')
                    from replication.log where xid > \(before)
                    """)
                #expect(logged == "I1 I2 U1 D1 I3 D2 I5 U4 T\n")
            }
        }
    }

    /// What a database gives to everybody by default it does not give here.
    @Test func defaultPrivilegesDoNotOpenTheSchema() throws {
        let open = """
            alter default privileges grant all on schemas to public;
            alter default privileges grant all on tables to public;
            alter default privileges grant all on functions to public;
            """
        try withRole(Self.role) {
            try withTree(1, schema: open + noteTable) { tree in
                for attempt in ["table replication.self", "select replication.purge()"] {
                    #expect(throws: Psql.Failure.self, "\(attempt)") {
                        try tree[1].psql("set role \(Self.role); " + attempt)
                    }
                }
            }
        }
    }
}
