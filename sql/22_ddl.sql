-- Changes of schema: how they come into the list of events.
--
-- Event triggers see every statement that changes the schema, but only what it did: pg_ddl_command is
-- for C. So the statement's own text is cut out of what was sent. Where it was sent by a client,
-- that is current_query(), of which the place reached so far is remembered for the session. Where
-- PL/pgSQL executed it (DO, a function, a trigger), it stands in the error context, and so does who
-- called whom.

-- Whether schema changes are captured here, and what is done about one whose text cannot be had (in a
-- function in SQL or C, say): refuse it, or mark it, which stops the next sync.
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

-- The tables that the present statement rewrote, of which a value may be another one on each node.
create table if not exists replication.ddl_rewrite (
    xid bigint not null,
    relid oid not null
);

-- Kinds of statements that stay on their node: what they say is about this server, or about data.
create or replace function replication.is_local_tag(tag text)
    returns boolean
    language sql
    immutable
    set search_path = ''
return tag in ('REFRESH MATERIALIZED VIEW', 'REINDEX', 'CREATE SERVER', 'ALTER SERVER', 'DROP SERVER',
    'CREATE USER MAPPING', 'ALTER USER MAPPING', 'DROP USER MAPPING', 'IMPORT FOREIGN SCHEMA',
    'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE', 'DROP FOREIGN TABLE',
    'CREATE FOREIGN DATA WRAPPER', 'ALTER FOREIGN DATA WRAPPER', 'DROP FOREIGN DATA WRAPPER',
    'CREATE PUBLICATION', 'ALTER PUBLICATION', 'DROP PUBLICATION',
    'CREATE SUBSCRIPTION', 'ALTER SUBSCRIPTION', 'DROP SUBSCRIPTION',
    'CREATE ACCESS METHOD', 'DROP ACCESS METHOD', 'ALTER LARGE OBJECT', 'LOGIN');

-- Whether a statement, by its first words, is of the kind that PostgreSQL calls `tag`.
create or replace function replication.is_tagged(words text[], tag text)
    returns boolean
    language plpgsql
    immutable
    set search_path = ''
as $$
declare
    wanted text[] := string_to_array(lower(case
        when tag = 'CREATE TABLE AS' then 'CREATE TABLE' else tag end), ' ');
    place int := 1;
    w text;
begin
    if tag = 'SELECT INTO' then
        return words[1] in ('select', 'with', 'table', 'values') and 'into' = any (words);
    end if;
    if words[1] <> wanted[1] then
        return false;
    end if;
    foreach w in array wanted loop
        place := place + array_position((words[place : place + 5]), w);
        if place is null then
            return false;
        end if;
    end loop;
    return true;
end
$$;

-- What of a session says how the text of a statement is read.
create or replace function replication.reading_settings(path text)
    returns jsonb
    language sql
    stable
    set search_path = ''
return jsonb_build_object('search_path', path) || (
    select jsonb_object_agg(s.name, s.setting)
    from pg_settings as s
    where s.name in ('TimeZone', 'DateStyle', 'IntervalStyle', 'standard_conforming_strings',
        'check_function_bodies', 'xmloption', 'default_text_search_config', 'transform_null_equals',
        'array_nulls', 'lc_monetary', 'default_toast_compression', 'quote_all_identifiers')
);

-- The statement of a query string that is being executed now: the next one behind those that were
-- captured already in this same message of the client, and of the kind `tag`. Null where it cannot be
-- told; the only word is "extension" where an extension''s script does it. `peek`: it will be asked for
-- again.
create or replace function replication.present_statement(
    query text,
    tag text,
    peek boolean,
    out statement text,
    out words text[],
    out places int[]
)
    language plpgsql
    volatile
    set search_path = ''
as $$
declare
    backslashes constant boolean := current_setting('standard_conforming_strings') = 'off';
    message constant text := concat_ws(' ', extract(epoch from statement_timestamp()), md5(query));
    memory constant text := coalesce(current_setting('replication.position', true), '');
    place int := 1;
    s record;
begin
    if query ~* '\m(rollback|abort|savepoint)\M' and exists (
        select
        from replication.statements_of(query, backslashes) as d
        where d.words[1] in ('rollback', 'abort', 'savepoint')
    ) then
        -- What was done may have been undone, and our memory with it: only one statement may be meant.
        select min(d.statement), min(d.words), min(d.places) into statement, words, places
        from replication.statements_of(query, backslashes) as d
        where replication.is_tagged(d.words, tag)
        having count(*) = 1;
        return;
    end if;
    if left(memory, length(message)) = message then
        place := substr(memory, length(message) + 2)::int;
    end if;
    loop
        s := replication.next_statement(query, place, backslashes);
        exit when s.statement is null;
        if s.words[1] in ('create', 'alter') and s.words[2] = 'extension'
            and tag not in ('CREATE EXTENSION', 'ALTER EXTENSION')
        then
            words := '{extension}';
            return;
        end if;
        place := s.next_start;
        if replication.is_tagged(s.words, tag) then
            statement := s.statement;
            words := s.words;
            places := s.places;
            exit;
        end if;
    end loop;
    if not peek then
        perform set_config('replication.position', message || ' ' || place, false);
    end if;
end
$$;

-- The text of the statement that an event trigger was fired by, from its own context: what PL/pgSQL
-- executed, else what the client sent.
create or replace function replication.captured_statement(
    context text,
    query text,
    tag text,
    peek boolean,
    out statement text,
    out words text[],
    out places int[]
)
    language plpgsql
    volatile
    set search_path = ''
as $$
declare
    outer_lines text := substr(context, strpos(context, E'\n') + 1);
begin
    if strpos(context, E'\n') = 0 then
        select p.* into statement, words, places
        from replication.present_statement(query, tag, peek) as p;
    elsif outer_lines ~ '(^|\n)extension script file "' then
        words := '{extension}';
    elsif starts_with(outer_lines, 'SQL statement "') then
        select p.* into statement, words, places
        from replication.present_statement(
            substring(outer_lines from '^SQL statement "(.*?)"\nPL/pgSQL function '), tag, peek) as p;
    end if;
end
$$;

-- The statement without CONCURRENTLY, which no transaction may use.
create or replace function replication.without_concurrently(statement text, words text[], places int[])
    returns text
    language sql
    immutable
    set search_path = ''
return coalesce(
    (
        select overlay(statement placing '' from places[w.number::int] for 12)
        from unnest(words) with ordinality as w (word, number)
        where w.word = 'concurrently'
            and words[1] in ('create', 'drop', 'alter')
            and substr(statement, places[w.number::int], 1) <> '"'
            and (words[1] <> 'alter' or w.number = cardinality(words))
            and (words[1] = 'alter' or w.number <= 4)
        limit 1
    ),
    statement);

-- A table as its catalog says it, for what came out of a query: CREATE TABLE AS, SELECT INTO.
create or replace function replication.table_definition(this_table oid)
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select format('create %stable %s (%s)',
        case c.relpersistence when 'u' then 'unlogged ' else '' end,
        replication.full_name(c.oid),
        coalesce(string_agg(
            format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
                || coalesce(' collate ' || case
                    when a.attcollation <> t.typcollation then format('%I.%I', n.nspname, l.collname)
                end, ''),
            ', ' order by a.attnum), ''))
    from pg_class as c
        left join pg_attribute as a on a.attrelid = c.oid
            and a.attnum > 0
            and not a.attisdropped
        left join pg_type as t on t.oid = a.atttypid
        left join pg_collation as l on l.oid = a.attcollation
        left join pg_namespace as n on n.oid = l.collnamespace
    where c.oid = this_table
    group by c.oid, c.relpersistence;
end;

-- What an ALTER TABLE that is about no column says, in two words.
create or replace function replication.altering(words text[])
    returns text
    language sql
    immutable
    set search_path = ''
return (
    select concat_ws(' ', w.word, words[w.number + 1])
    from unnest(words) with ordinality as w (word, number)
    where w.number > 3
        and w.word in ('rename', 'set', 'reset', 'owner', 'attach', 'detach', 'enable', 'disable',
            'force', 'no', 'inherit', 'cluster', 'replica', 'of', 'not', 'add', 'drop', 'alter',
            'validate')
    order by w.number
    limit 1
);

-- The parts of a table that an ALTER TABLE is about: columns and constraints that its text mentions,
-- as they were before or are now; where it mentions none, what it says of the table.
create or replace function replication.altered_parts(this_table oid, words text[])
    returns jsonb
    language sql
    stable
    set search_path = ''
begin atomic
    with part (kind, name) as (
        select 'column', c.name
        from unnest(replication.columns_of(this_table)) as c (name)
        union
        select 'column', c.name
        from replication.relation as r
            cross join unnest(r.columns) as c (name)
        where r.relid = this_table
        union
        select 'constraint', c.conname::text
        from pg_constraint as c
        where c.conrelid = this_table
    ), mentioned as (
        select p.kind, p.name
        from part as p
        where p.name = any (words[4:])
    )
    select coalesce(
        (
            select jsonb_agg(jsonb_build_object(
                'identity', format('%s %s of table %s', m.kind, quote_ident(m.name),
                    replication.full_name(this_table)),
                'type', 'table ' || m.kind,
                'names', jsonb_build_array(n.nspname, c.relname, m.name),
                'args', '[]'::jsonb))
            from mentioned as m
        ),
        jsonb_build_array(jsonb_build_object(
            'identity', format('table %s: %s', replication.full_name(this_table),
                coalesce(replication.altering(words), words[1])),
            'type', 'table',
            'names', jsonb_build_array(n.nspname, c.relname),
            'args', '[]'::jsonb))
    )
    from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
    where c.oid = this_table;
end;

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

-- What the present command did: only what is no temporary object, none of an extension''s own, and
-- none of this schema. GRANT, and what is about no single object, has no identity.
create or replace function replication.ddl_commands()
    returns table (class oid, relid oid, object jsonb, is_own boolean)
    language sql
    volatile
    set search_path = ''
begin atomic
    select c.classid,
        case
            when c.classid = 'pg_class'::regclass then c.objid
            when c.classid = 'pg_constraint'::regclass then
                (select k.conrelid from pg_constraint as k where k.oid = c.objid)
            when c.classid = 'pg_trigger'::regclass then
                (select t.tgrelid from pg_trigger as t where t.oid = c.objid)
        end,
        case
            when c.object_identity is not null then jsonb_build_object(
                'identity', c.object_type || ' ' || c.object_identity, 'type', a.type,
                'names', to_jsonb(a.object_names), 'args', to_jsonb(a.object_args))
        end,
        c.classid = 'pg_trigger'::regclass and exists (
            select
            from pg_trigger as t
                join pg_proc as f on f.oid = t.tgfoid
            where t.oid = c.objid
                and (f.pronamespace = 'replication'::regnamespace or t.tgname like 'replication\_%'))
    from pg_event_trigger_ddl_commands() as c
        left join lateral pg_identify_object_as_address(c.classid, c.objid, c.objsubid) as a
            on c.object_identity is not null
    where not c.in_extension
        and c.schema_name is distinct from 'pg_temp'
        and c.schema_name is distinct from 'replication'
        and not (c.object_type = 'schema' and c.object_identity = 'replication');
end;

-- Refuses a statement whose text cannot be had, or marks it.
create or replace function replication.refuse_unknown(tag text, path text, context text)
    returns void
    language plpgsql
    set search_path = ''
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

-- What is done before an ALTER TABLE that drops columns or changes their types: the trigger that
-- looks at the columns of the key would be in its way. It is made again afterwards.
--
-- `acting`: who is about to execute it, and must own the table; else the statement will fail anyway, and
-- nothing is to be locked.
--
-- SECURITY DEFINER: an agent need not own the table.
create or replace function replication.before_alter(
    statement text,
    path text,
    acting text default null
)
    returns void
    language plpgsql
    security definer
    set search_path = ''
as $$
declare
    s record;
    first int;
    name text;
    altered oid;
    t regclass;
begin
    s := replication.next_statement(statement, 1);
    if not s.words[3:] && array['type', 'drop'] then
        return;
    end if;
    select min(w.number) into first
    from unnest(s.words) with ordinality as w (word, number)
    where w.number > 2
        and (w.word not in ('if', 'exists', 'only') or substr(statement, s.places[w.number], 1) = '"');
    name := quote_ident(s.words[first]);
    -- What stands between the name and the next one, but for the quotation marks of the name.
    if regexp_replace(
            substr(statement, s.places[first], s.places[first + 1] - s.places[first]),
            '^(?:"(?:[^"]|"")*"|[^\s."]+)', '') ~ '^\s*\.' then
        name := name || '.' || quote_ident(s.words[first + 1]);
    end if;
    perform set_config('search_path', path, true);
    altered := to_regclass(name);
    perform set_config('search_path', '', true);
    if acting is not null and not coalesce(
            (select pg_has_role(acting, c.relowner, 'usage') from pg_class as c where c.oid = altered),
            false)
    then
        return;
    end if;
    for t in
        with recursive part (relid) as (
            select altered
            union
            select h.inhrelid
            from part as p
                join pg_inherits as h on h.inhparent = p.relid
        )
        select p.relid
        from part as p
            join pg_trigger as g on g.tgrelid = p.relid
                and g.tgname = replication.trigger_name('key')
            join pg_proc as f on f.oid = g.tgfoid
                and f.pronamespace = 'replication'::regnamespace
    loop
        execute format('drop trigger %I on %s', replication.trigger_name('key'), t);
    end loop;
end
$$;

revoke execute on function replication.before_alter(text, text, text) from public;

-- The same for a statement that a client or PL/pgSQL is about to execute.
create or replace function replication.before_ddl(context text, query text, tag text, path text)
    returns void
    language plpgsql
    set search_path = ''
as $$
declare
    s record;
begin
    s := replication.captured_statement(context, query, tag, true);
    if s.statement is not null then
        perform replication.before_alter(s.statement, path, replication.acting_role());
    end if;
end
$$;

-- The same for a statement that made the keys themselves by a function whose values are others each time.
create or replace function replication.send_keys_made(words text[], tables oid[])
    returns void
    language plpgsql
    set search_path = ''
as $$
declare
    r int;
begin
    for r in
        select l.id
        from replication.relation as l
        where l.relid = any (tables)
            and l.key && words[4:]
            and exists (select from replication.neighbour)
            and exists (
                select
                from replication.ddl_rewrite as w
                    cross join lateral replication.parts_of(l.relid) as p
                where w.xid = pg_current_xact_id()::text::bigint
                    and w.relid = p.relid
            )
            and exists (
                select
                from pg_proc as f
                where f.proname = any (words[array_position(words, 'using') + 1:])
                    and f.provolatile <> 'i'
            )
    loop
        perform replication.send_new_keys(r);
    end loop;
end
$$;

-- Sends the rows of tables of which a statement made values that other nodes would make otherwise: it
-- rewrote them, or they have a new column whose default is no constant.
create or replace function replication.send_made(known jsonb)
    returns void
    language plpgsql
    set search_path = ''
as $$
declare
    r int;
begin
    for r in
        select l.id
        from replication.relation as l
        where exists (select from replication.neighbour)
            and (
                exists (
                    select
                    from replication.ddl_rewrite as w
                        cross join lateral replication.parts_of(l.relid) as p
                    where w.xid = pg_current_xact_id()::text::bigint
                        and w.relid = p.relid
                )
                or exists (
                    select
                    from jsonb_to_recordset(known) as k (id int, columns text[])
                        join pg_attribute as a on a.attrelid = l.relid
                            and a.attnum > 0
                            and not a.attisdropped
                            and a.attname <> all (k.columns)
                            and a.attgenerated = ''
                            and not replication.is_constant(l.relid, a.attnum)
                    where k.id = l.id
                )
            )
    loop
        perform replication.log_all(r, changed_at => replication.made_at());
    end loop;
    delete from replication.ddl_rewrite;
end
$$;

-- Whether a statement names some object that it is said to be about: else it is another one. An index
-- may be named by its table alone.
create or replace function replication.mentions(words text[], objects jsonb, tables oid[])
    returns boolean
    language sql
    stable
    set search_path = ''
return objects = '[]'
    or exists (
        select
        from jsonb_array_elements(objects) as o (object)
            cross join jsonb_array_elements_text(o.object -> 'names') as n (name)
        where o.object ->> 'type' ~ '^(operator|cast|access|transform)'
            or n.name = any (words)
            or regexp_replace(n.name, '^.*\.|"', '', 'g') = any (words)
    )
    or exists (
        select
        from pg_index as i
            join pg_class as c on c.oid = i.indrelid
        where i.indexrelid = any (tables)
            and c.relname = any (words)
    );

-- The names by which a statement means other tables, or meant this one: the former name of one that it
-- renamed or moved, and what its foreign keys and views refer to. Where the other side has given such a
-- name to another table meanwhile, the statement would mean that.
create or replace function replication.names_meant(tables oid[], tag text)
    returns jsonb
    language sql
    stable
    set search_path = ''
begin atomic
    select coalesce(jsonb_agg(distinct m.object), '[]')
    from (
        select jsonb_build_object('type', 'table', 'identity', 'table ' || r.tablename,
            'names', to_jsonb(parse_ident(r.tablename)), 'args', '[]'::jsonb)
        from replication.relation as r
        where r.relid = any (tables)
            and tag in ('ALTER TABLE', 'ALTER SCHEMA')
            and r.tablename <> replication.full_name(r.relid)
        union all
        select jsonb_build_object('type', 'table',
            'identity', 'table ' || replication.full_name(c.oid) || ': referred to',
            'names', jsonb_build_array(n.nspname, c.relname), 'args', '[]'::jsonb)
        from (
            select k.confrelid
            from pg_constraint as k
            where k.contype = 'f'
                and k.conrelid = any (tables)
                and tag in ('CREATE TABLE', 'ALTER TABLE')
            union
            select d.refobjid
            from pg_rewrite as w
                join pg_depend as d on d.classid = 'pg_rewrite'::regclass
                    and d.objid = w.oid
                    and d.refclassid = 'pg_class'::regclass
            where w.ev_class = any (tables)
                and tag in ('CREATE VIEW', 'CREATE MATERIALIZED VIEW')
        ) as f (relid)
            join pg_class as c on c.oid = f.relid
            join pg_namespace as n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p')
            and c.oid <> all (tables)
    ) as m (object);
end;

-- What is done after each statement that changed the schema.
create or replace function replication.after_ddl(context text, query text, tag text, path text)
    returns void
    language plpgsql
    set search_path = ''
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
end
$$;

-- Whether a statement names a role that agents have: it may write the list of events, or leave the role
-- in which triggers fire.
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

-- Statements that stay here though others of their kind travel: rights on this schema or of
-- an agent, what is done to a capture trigger alone, as it is undone at once, and ALTER SEQUENCE that moves a replicated
-- column''s sequence: each node has its own numbers.
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
        or tag = 'ALTER SEQUENCE'
            and words && array['restart', 'increment', 'start']
            and not words && array['minvalue', 'maxvalue', 'cycle', 'as', 'cache', 'owned']
            and exists (select from replication.sequence as s where s.relid = any (tables)),
    false);

-- Lets the capture follow the tables that a statement was about.
create or replace function replication.follow_ddl(tag text, tables oid[], is_captured boolean)
    returns setof text
    language plpgsql
    set search_path = ''
as $$
declare
    t oid;
    note text;
begin
    if tag in ('ALTER SCHEMA', 'ALTER TYPE', 'ALTER DOMAIN', 'ALTER EXTENSION') then
        return query select f from replication.follow_all(is_captured) as f;
        return;
    end if;
    for t in
        select distinct q.relid
        from (
            select case c.relkind when 'i' then i.indrelid when 'I' then i.indrelid when 'S' then null
                else c.oid end as relid
            from pg_class as c
                left join pg_index as i on i.indexrelid = c.oid
            where c.oid = any (tables)
            union
            select s.table_relid
            from replication.sequence as s
            where s.relid = any (tables)
            union
            -- Of a partition that was attached or detached, the command names the other side.
            select p.relid
            from pg_class as c
                cross join lateral replication.parts_of(c.oid) as p
            where c.oid = any (tables)
                and c.relkind = 'p'
                and tag = 'ALTER TABLE'
            union
            select r.relid::oid
            from replication.relation as r
                cross join lateral pg_partition_ancestors(r.relid) as a (relid)
            where a.relid = any (tables)
                and tag = 'ALTER TABLE'
            union
            select h.inhparent
            from pg_inherits as h
            where h.inhrelid = any (tables)
                and tag in ('CREATE TABLE', 'ALTER TABLE')
            union
            -- A table that got its first child, or lost its last one.
            select r.relid::oid
            from replication.relation as r
            where r.kind <> replication.kind_of(r.relid)
                and tag in ('CREATE TABLE', 'ALTER TABLE')
            union
            -- Its triggers say what it was a partition of; nothing else does.
            select g.tgrelid
            from pg_trigger as g
                join pg_proc as f on f.oid = g.tgfoid
                    and f.pronamespace = 'replication'::regnamespace
                join replication.relation as r on f.proname = 'insert_' || r.id
            where r.relid = any (tables)
                and tag = 'ALTER TABLE'
                and g.tgrelid <> all (select p.relid from replication.parts_of(r.relid) as p)
        ) as q
            join pg_class as c on c.oid = q.relid
        where c.relkind in ('r', 'p')
    loop
        note := replication.follow(t, is_captured);
        if note is not null then
            return next note;
        end if;
    end loop;
end
$$;

-- What is done after each statement that dropped something: DROP is logged here, as nothing is left
-- to name later.
create or replace function replication.after_drop(context text, query text, tag text, path text)
    returns void
    language plpgsql
    set search_path = ''
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
-- English. What functions of this schema do to the schema is their own business.
create or replace function replication.capture_ddl()
    returns event_trigger
    language plpgsql
    security definer
    set lc_messages = 'C'
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
    set search_path = ''
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
    set search_path = ''
as $$
begin
    if not (select r.rolsuper from pg_roles as r where r.rolname = current_user) then
        return false;
    end if;
    perform replication.release_schema_changes();
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

-- Keeps the changes of schema that the present transaction makes on this node.
create or replace function replication.pause_ddl()
    returns void
    language sql
    volatile
    security definer
    set search_path = ''
begin atomic
    delete from replication.ddl_pause
    where xid <> pg_current_xact_id()::text::bigint;
    insert into replication.ddl_pause (xid)
    values (pg_current_xact_id()::text::bigint)
    on conflict do nothing;
end;
revoke execute on function replication.pause_ddl() from public;
comment on function replication.pause_ddl() is
    'keeps the changes of schema that the present transaction makes on this node';

-- What replication.ddl() logs where no event trigger does.
create or replace function replication.log_own_ddl(statement text, path text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = ''
as $$
declare
    s record;
begin
    if not replication.captures_ddl() and not replication.is_ddl_paused() then
        s := replication.next_statement(statement, 1);
        perform replication.log_ddl(
            replication.without_concurrently(s.statement, s.words, s.places),
            upper(concat_ws(' ', s.words[1], s.words[2])), path, null);
        perform replication.follow_all(true);
    end if;
end
$$;
revoke execute on function replication.log_own_ddl(text, text) from public;

-- Makes changes of schema here, and lets them travel: one or more statements. Needed only where no
-- event trigger captures them.
create or replace function replication.ddl(statements text)
    returns void
    language plpgsql
    volatile
as $$
declare
    s record;
begin
    for s in
        select d.statement, d.words, d.places
        from replication.statements_of(statements,
            pg_catalog.current_setting('standard_conforming_strings') operator(pg_catalog.=) 'off') as d
    loop
        if s.words[1] operator(pg_catalog.<>) all
            (array['create', 'alter', 'drop', 'comment', 'grant', 'revoke', 'security'])
        then
            raise exception 'this is no change of schema: %', pg_catalog.left(s.statement, 60)
                using hint = 'Send it by itself: changes of rows travel as rows, and what a function or'
                    ' a DO block does to the schema is captured as it is done.';
        end if;
        execute replication.without_concurrently(s.statement, s.words, s.places);
        perform replication.log_own_ddl(s.statement, pg_catalog.current_setting('search_path'));
    end loop;
end
$$;
revoke execute on function replication.ddl(text) from public;
comment on function replication.ddl(text) is
    'changes the schema here and on all other nodes; one or more statements';

-- What is done about a change of schema whose text cannot be told: refuse it, or mark it, which stops
-- the next sync.
create or replace function replication.on_unknown_ddl(choice text)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    update replication.ddl_setting
    set unknown_text = choice;
end;
revoke execute on function replication.on_unknown_ddl(text) from public;
comment on function replication.on_unknown_ddl(text) is
    'whether a change of schema whose text cannot be told is refused (refuse) or stops a sync (mark)';
