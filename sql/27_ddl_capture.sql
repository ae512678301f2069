-- Changes of schema: the event triggers.

-- What is done after each statement that changed the schema.
create or replace function replication.after_ddl(context text, query text, tag text, path text)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    s record;
    c record;
    commands jsonb := (select jsonb_agg(to_jsonb(d)) from replication.ddl_commands() as d);
    objects jsonb := '[]';
    tables oid[];
    is_logged boolean;
    is_query boolean := tag in ('CREATE TABLE AS', 'SELECT INTO');
    known jsonb;
    note text;
begin
    -- Of several statements in one string the place must be kept, even if there is nothing to log.
    if commands is null and strpos(rtrim(query, E'; \t\n\r'), ';') = 0 then
        return;
    end if;
    s := replication.captured_statement(context, query, tag, false);
    if commands is null or tag like 'DROP %' or s.words = '{extension}' then
        return;
    end if;
    for c in
        select *
        from jsonb_to_recordset(commands) as d (class oid, relid oid, object jsonb, is_own boolean)
    loop
        if c.class = 'pg_class'::regclass and c.object ->> 'type' in ('table', 'table column')
            and tag in ('ALTER TABLE', 'COMMENT')
        then
            objects := objects || replication.altered_parts(c.relid, s.words);
        elsif c.object is not null and not c.is_own then
            objects := objects || c.object;
        end if;
        if c.relid is not null then
            tables := tables || c.relid;
        end if;
    end loop;
    is_logged := not (select bool_and((d ->> 'is_own')::boolean) from jsonb_array_elements(commands) as d)
        and not replication.is_ddl_paused()
        and not replication.is_local_tag(tag)
        and not replication.is_own(tag, s.words, tables);
    if is_logged and s.statement is null and not is_query then
        perform replication.refuse_unknown(tag, path, context);
    elsif is_logged then
        if not is_query and not replication.mentions(s.words, objects, tables) then
            perform replication.refuse_unknown(tag, path, context);
        end if;
        objects := objects || replication.names_meant(tables, tag);
        -- Rights have no address; but the same statement on both sides is known by its text.
        if tag in ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES') then
            objects := jsonb_build_array(jsonb_build_object('type', 'rights', 'names', '[]'::jsonb,
                'args', '[]'::jsonb, 'identity', 'rights: ' || array_to_string(s.words, ' ')));
        end if;
        perform replication.log_ddl(
            case
                when is_query then replication.table_definition(tables[1])
                else replication.without_concurrently(s.statement, s.words, s.places)
            end, tag, path, (select jsonb_agg(distinct o) from jsonb_array_elements(objects) as o));
    end if;
    select jsonb_agg(jsonb_build_object('id', r.id, 'columns', r.columns)) into known
    from replication.relation as r
    where tag = 'ALTER TABLE'
        and r.relid = any (tables);
    for note in select f from replication.follow_ddl(tag, tables, is_logged) as f loop
        if tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') then
            raise notice '%', note;
        end if;
    end loop;
    if is_logged and tag = 'ALTER TABLE' then
        perform replication.send_keys_made(s.words, tables);
        perform replication.send_made(known);
    end if;
    -- Its own alone: another transaction's are not waited for.
    delete from replication.ddl_rewrite
    where xid = pg_current_xact_id_if_assigned()::text::bigint;
end
$$;

-- What is done after each statement that dropped something: DROP is logged here, as nothing is left
-- to name later.
create or replace function replication.after_drop(context text, query text, tag text, path text)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    s record;
    objects jsonb;
    r int;
begin
    for r in
        select l.id
        from pg_event_trigger_dropped_objects() as d
            join replication.relation as l on l.relid = d.objid
        where d.classid = 'pg_class'::regclass
            and d.objsubid = 0
    loop
        perform replication.detach(r);
    end loop;
    if tag not in ('DROP TABLE', 'ALTER TABLE', 'DROP SCHEMA') and exists (
        select
        from pg_event_trigger_dropped_objects() as d
        where not d.is_temporary
            and (d.object_type in ('table column', 'table constraint', 'index')
                or d.object_type = 'trigger'
                and d.address_names[cardinality(d.address_names)] like 'replication\_%')
    ) then
        perform replication.follow_all(true);
    end if;
    if tag not like 'DROP %' or replication.is_local_tag(tag) or replication.is_ddl_paused() then
        return;
    end if;
    -- What goes by CASCADE is named as far as rows go with it.
    select jsonb_agg(jsonb_build_object('identity', d.object_type || ' ' || d.object_identity,
            'type', d.object_type, 'names', to_jsonb(d.address_names), 'args', to_jsonb(d.address_args)))
    into objects
    from pg_event_trigger_dropped_objects() as d
    where (d.original or tag = 'DROP OWNED' or d.object_type in ('table', 'table column'))
        and not d.is_temporary
        and d.schema_name is distinct from 'replication'
        and not (d.object_type = 'trigger'
            and d.address_names[cardinality(d.address_names)] like 'replication\_%')
        and not (d.object_type = 'schema' and d.object_identity = 'replication');
    if objects is null then
        return;
    end if;
    s := replication.captured_statement(context, query, tag, true);
    if s.words = '{extension}' then
        return;
    end if;
    if s.statement is null then
        perform replication.refuse_unknown(tag, path, context);
        return;
    end if;
    perform replication.log_ddl(
        replication.without_concurrently(s.statement, s.words, s.places), tag, path, objects);
end
$$;

-- The event trigger. It sees the search path of whoever made the statement; its context is in
-- English (replication.capture_schema_changes() sets lc_messages, which takes a superuser). What
-- functions of this schema do to the schema is their own business.
-- To compile what is planned on catalogs would take a second, and to plan it anew for each value is
-- dear where a session changes little.
create or replace function replication.capture_ddl()
    returns event_trigger
    language plpgsql
    security definer
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    path pg_catalog.text := pg_catalog.current_setting('search_path');
    context pg_catalog.text;
begin
    get diagnostics context = pg_context;
    if context operator(pg_catalog.~) '\nPL/pgSQL function replication\.(?!ddl\()' then
        return;
    end if;
    -- What is about temporary objects alone costs little: applications make many.
    if tg_event operator(pg_catalog.=) 'sql_drop' and not exists (
            select
            from pg_catalog.pg_event_trigger_dropped_objects() as d
            where not d.is_temporary
        )
        or tg_event operator(pg_catalog.=) 'ddl_command_end'
        and pg_catalog.strpos(
            case
                when pg_catalog.strpos(context, E'\n') operator(pg_catalog.>) 0 then context
                else pg_catalog.current_query()
            end, ';') operator(pg_catalog.=) 0
        and not exists (
            select
            from pg_catalog.pg_event_trigger_ddl_commands() as c
            where not coalesce(c.schema_name operator(pg_catalog.=) 'pg_temp', false)
        )
    then
        return;
    end if;
    if tg_event operator(pg_catalog.=) 'table_rewrite' then
        insert into replication.ddl_rewrite (xid, relid)
        values (pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint,
            pg_catalog.pg_event_trigger_table_rewrite_oid());
    elsif tg_event operator(pg_catalog.=) 'ddl_command_start' then
        perform replication.before_ddl(context, pg_catalog.current_query(), tg_tag, path);
    elsif tg_event operator(pg_catalog.=) 'sql_drop' then
        perform replication.after_drop(context, pg_catalog.current_query(), tg_tag, path);
    else
        perform replication.after_ddl(context, pg_catalog.current_query(), tg_tag, path);
    end if;
end
$$;
revoke execute on function replication.capture_ddl() from public;

-- Takes the event triggers away: only replication.ddl() is captured then.
create or replace function replication.release_schema_changes()
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    name name;
begin
    for name in
        select e.evtname
        from pg_event_trigger as e
        where e.evtfoid = 'replication.capture_ddl()'::regprocedure
    loop
        execute format('drop event trigger %I', name);
    end loop;
    update replication.ddl_setting
    set is_captured = false;
end
$$;

-- Lets event triggers capture changes of schema. Only a superuser can make them; false where the
-- present role is none, and replication.ddl() is the only way.
create or replace function replication.capture_schema_changes()
    returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not (select r.rolsuper from pg_roles as r where r.rolname = current_user) then
        return false;
    end if;
    perform replication.release_schema_changes();
    alter function replication.capture_ddl() set lc_messages = 'C';
    create event trigger replication_alter on ddl_command_start when tag in ('ALTER TABLE')
        execute function replication.capture_ddl();
    create event trigger replication_rewrite on table_rewrite
        execute function replication.capture_ddl();
    create event trigger replication_drop on sql_drop
        execute function replication.capture_ddl();
    create event trigger replication_ddl on ddl_command_end
        execute function replication.capture_ddl();
    update replication.ddl_setting
    set is_captured = true;
    return true;
end
$$;
comment on function replication.capture_schema_changes() is
    'lets event triggers capture changes of schema; needs a superuser';

-- Whether they do.
create or replace function replication.captures_ddl()
    returns boolean
    language sql
    stable
    set search_path = ''
return (
    select count(*) = 4
    from pg_event_trigger as e
    where e.evtfoid = 'replication.capture_ddl()'::regprocedure
        and e.evtenabled in ('O', 'A')
);
