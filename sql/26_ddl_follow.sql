-- Changes of schema: what is done around the statement, so that the capture follows it.

-- The tables that the present statement rewrote, of which a value may be another one on each node.
create table if not exists replication.ddl_rewrite (
    xid bigint not null,
    relid oid not null
);

-- FULL, so that a publication FOR ALL TABLES does not break on it.
alter table replication.ddl_rewrite replica identity full;

-- What is done before an ALTER TABLE that drops columns or changes their types: the trigger that
-- looks at the columns of the key would be in its way. It is made again afterwards.
--
-- `acting`: who is about to execute it, and must own the table; else the statement will fail
-- anyway, and nothing is to be locked.
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
    set search_path = pg_catalog, pg_temp
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
    -- Under another path, every name is qualified.
    perform pg_catalog.set_config('search_path', path, true);
    altered := pg_catalog.to_regclass(name);
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    if acting is not null and not coalesce(
            (select pg_has_role(acting, c.relowner, 'usage') from pg_class as c where c.oid = altered),
            false)
    then
        return;
    end if;
    for t in
        select p.relid::regclass
        from replication.heirs_of(altered) as p (relid)
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
    set search_path = pg_catalog, pg_temp
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

-- Whether the present statement rewrote a table, or a partition of it.
create or replace function replication.is_rewritten(this_table oid)
    returns boolean
    language sql
    stable
    set search_path = ''
return exists (
    select
    from replication.ddl_rewrite as w
        cross join lateral replication.parts_of(this_table) as p
    where w.xid = pg_current_xact_id_if_assigned()::text::bigint
        and w.relid = p.relid
);

-- Sends the tables whole whose keys a statement made by a function that gives another value each
-- time.
create or replace function replication.send_keys_made(words text[], tables oid[])
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
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
            and replication.is_rewritten(l.relid)
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

-- Sends the rows of tables of which a statement made values that other nodes would make otherwise:
-- it rewrote them, or they have a new column whose default is no constant.
create or replace function replication.send_made(known jsonb)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r int;
begin
    for r in
        select l.id
        from replication.relation as l
        where exists (select from replication.neighbour)
            and (
                replication.is_rewritten(l.relid)
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
end
$$;

-- Lets the capture follow the tables that a statement was about.
create or replace function replication.follow_ddl(tag text, tables oid[], is_captured boolean)
    returns setof text
    language plpgsql
    set search_path = pg_catalog, pg_temp
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
