-- Changes of schema: which of them become events, and which stay here.

-- Whether schema changes are captured here, and what is done about one whose text cannot be had (in
-- a function in SQL or C, say): refuse it, or mark it, which stops the next sync.
create table if not exists replication.ddl_setting (
    only_row boolean primary key default true check (only_row),
    unknown_text text not null default 'refuse' check (unknown_text in ('refuse', 'mark')),
    is_captured boolean not null default false
);
insert into replication.ddl_setting default values
on conflict do nothing;

-- The transactions that wish to change the schema of this node alone.
create table if not exists replication.ddl_pause (
    xid bigint primary key
);

-- Who makes the present statement, for a function that runs with other rights.
create or replace function replication.acting_role()
    returns text
    language sql
    stable
    set search_path = ''
return case current_setting('role')
    when 'none' then session_user::text
    else current_setting('role')
end;

-- Writes the event of one statement.
create or replace function replication.log_ddl(
    statement text,
    tag text,
    path text,
    objects jsonb,
    kind text default 'ddl'
)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    insert into replication.event (xid, changed_at, origin, kind, uid, statement, tag, role, settings,
        objects)
    select pg_current_xact_id()::text::bigint, replication.now(), s.number, log_ddl.kind,
        gen_random_uuid(), log_ddl.statement, log_ddl.tag,
        replication.acting_role(),
        replication.reading_settings(path), log_ddl.objects
    from replication.self as s;
end;

-- Whether this transaction has asked that its changes of schema stay here.
create or replace function replication.is_ddl_paused()
    returns boolean
    language sql
    stable
    set search_path = ''
return exists (
    select
    from replication.ddl_pause as p
    where p.xid = pg_current_xact_id_if_assigned()::text::bigint
);

-- Refuses a statement whose text cannot be had, or marks it.
create or replace function replication.refuse_unknown(tag text, path text, context text)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if (select s.unknown_text from replication.ddl_setting as s) = 'mark' then
        perform replication.log_ddl(null, tag, path, null, 'lost');
        return;
    end if;
    raise exception 'the text of this % cannot be told, so it would not reach the other nodes', tag
        using errcode = 'feature_not_supported',
            detail = case when strpos(context, E'\n') > 0
                then substr(context, strpos(context, E'\n') + 1) else '' end,
            hint = 'Send it as a statement of its own, or through replication.ddl(''...''). To keep it on'
                ' this node alone, call replication.pause_ddl() first in the same transaction.';
end
$$;

-- Whether a statement names a role that agents have: it may write the list of events, or leave the
-- role in which triggers fire.
create or replace function replication.names_an_agent(words text[])
    returns boolean
    language sql
    stable
    set search_path = ''
return exists (
    select
    from pg_roles as r
    where r.rolname = any (words)
        and not r.rolsuper
        and (has_table_privilege(r.oid, 'replication.event', 'INSERT')
            or has_parameter_privilege(r.oid, 'session_replication_role', 'SET'))
);

-- Statements that stay here though others of their kind travel: rights on this schema or of an
-- agent, what is done to a capture trigger alone, as it is undone at once, ALTER SEQUENCE that
-- moves a replicated column''s sequence: each node has its own numbers, and what pg_dump writes of
-- pg_attver, by which some releases number the shapes that a column has had.
create or replace function replication.is_own(tag text, words text[], tables oid[])
    returns boolean
    language sql
    stable
    set search_path = ''
return coalesce(
    tag in ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES')
            and ('replication' = any (words) or replication.names_an_agent(words))
        or tag = 'ALTER TABLE'
            and words[cardinality(words)] like 'replication\_%'
            and words[cardinality(words) - 1] = 'trigger'
            and array_position(words, substring(replication.altering(words) from '^(?:en|dis)able'), 4)
                >= cardinality(words) - 3
        or tag = 'ALTER TABLE'
            and words[cardinality(words) - 1:] = array['set', 'pg_attver']
        or tag = 'ALTER SEQUENCE'
            and words && array['restart', 'increment', 'start']
            and not words && array['minvalue', 'maxvalue', 'cycle', 'as', 'cache', 'owned']
            and exists (select from replication.sequence as s where s.relid = any (tables)),
    false);
