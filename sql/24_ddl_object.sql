-- Changes of schema: what a statement is about.

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

-- The parts of a table that an ALTER TABLE is about: columns and constraints that its text
-- mentions, as they were before or are now; where it mentions none, what it says of the table.
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

-- The names by which a statement means other tables, or meant this one: the former name of one that
-- it renamed or moved, and what its foreign keys and views refer to. Where the other side has given
-- such a name to another table meanwhile, the statement would mean that.
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

-- What the present command did: only what is no temporary object, none of an extension''s own, and
-- none of this schema. GRANT, and what is about no single object, has no identity. What is about
-- a large object is this node's own: its number is another one elsewhere.
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
            or lower(coalesce(c.object_type, '')) = 'large object'
    from pg_event_trigger_ddl_commands() as c
        left join lateral pg_identify_object_as_address(c.classid, c.objid, c.objsubid) as a
            on c.object_identity is not null
    where not c.in_extension
        and c.schema_name is distinct from 'pg_temp'
        and c.schema_name is distinct from 'replication'
        and not (c.object_type = 'schema' and c.object_identity = 'replication');
end;

-- Whether a statement names some object that it is said to be about: else it is another one. An
-- index may be named by its table alone.
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
