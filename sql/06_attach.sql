-- Taking a table into replication, and letting it go.

-- The capture triggers that are missing, disabled, or call something else. TG_ENABLED 'O' is what a
-- user''s sessions fire and the agent''s do not.
create or replace view replication.wrong_trigger as
select
    w.*,
    case
        when t.oid is null then 'missing'
        when t.tgenabled <> 'O' then 'disabled'
        when f.oid is null then 'calling another function'
        else 'without the rows that it needs'
    end as what
from replication.wanted_trigger as w
    left join pg_trigger as t on t.tgrelid = w.relid and t.tgname = w.name
    left join pg_proc as f on f.oid = t.tgfoid
        and f.pronamespace = 'replication'::regnamespace
        and f.proname = w.function
where t.oid is null
    or t.tgenabled <> 'O'
    or f.oid is null
    -- By its lowest bit, a trigger is for each row.
    or (t.tgtype & 1 = 1) <> (w.clause like '%for each row%')
    or (t.tgoldtable is not null) <> (w.clause like '%old table as old_rows for each statement');
comment on view replication.wrong_trigger is
    'the capture triggers that are missing, disabled, or call something else';

-- Puts the wrong triggers of one table (or of one of its partitions) right.
create or replace function replication.make_triggers(relation_id int)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    w record;
begin
    for w in
        select *
        from replication.wrong_trigger
        where relation = relation_id
    loop
        if w.what = 'disabled' then
            execute format('drop trigger %I on %s', w.name, w.relid);
        end if;
        -- To replace one takes a weaker lock than to drop it: readers go on.
        execute format('create or replace trigger %I %s execute function replication.%I()',
            w.name, w.clause, w.function);
    end loop;
    if exists (select from replication.wanted_refusal as x where x.relation = relation_id) then
        perform replication.make_refusals(relation_id);
    end if;
end
$$;

-- Logs the key of every row of a table (or of one partition): for rows that were there before their
-- changes were captured. When they were written nobody knows, so they count as older than any
-- logged change: they are sent, and win against nothing that was captured.
drop function if exists replication.log_all(int, regclass);
create or replace function replication.log_all(
    relation_id int,
    part regclass default null,
    changed_at timestamptz default '-infinity'
)
    returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
    logged bigint;
begin
    select * into strict r
    from replication.relation
    where id = relation_id;
    part := coalesce(part, r.relid);
    if replication.must_ask_owner(part) then
        return replication.log_keys(r.id, 'I', replication.ask_keys(r.id, part), log_all.changed_at);
    end if;
    execute format(replication.log_format(r.id), format('%L::timestamptz', log_all.changed_at), 'I',
        format('from %s %s', case r.kind when 'i' then 'only' else '' end, part));
    get diagnostics logged = row_count;
    return logged;
end
$$;
comment on function replication.log_all(int, regclass, timestamptz) is
    'logs every row of a replicated table, as older than any captured change; returns how many';

-- The columns that a table has got since it was attached, each with the transaction that made it.
create or replace function replication.added_columns(r replication.relation)
    returns jsonb
    language sql
    stable
    set search_path = ''
return r.added || coalesce(
    (
        select jsonb_object_agg(c.name, pg_current_xact_id()::text)
        from unnest(replication.columns_of(r.relid)) as c (name)
        where r.columns is not null
            and c.name <> all (r.columns)
    ),
    '{}');

-- The numbers of the columns that name a row of a table now, in the order of its key.
create or replace function replication.key_numbers(this_table oid)
    returns int2[]
    language sql
    stable
    set search_path = ''
return array(
    select k.attnum
    from pg_index as i
        cross join unnest(i.indkey::int2[]) with ordinality as k (attnum, number)
    where i.indexrelid = replication.key_index(this_table)
        and k.number <= i.indnkeyatts
    order by k.number
);

-- Gives a new log to the roles that may write the list of events: the agents.
create or replace function replication.grant_to_agents(log regclass)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    grantee regrole;
begin
    for grantee in
        select a.grantee
        from pg_class as c
            cross join aclexplode(c.relacl) as a
        where c.oid = 'replication.event'::regclass
            and a.privilege_type = 'INSERT'
            and a.grantee not in (0, c.relowner)
    loop
        execute format('grant select, insert, update, delete, truncate on %s to %s', log, grantee);
    end loop;
end
$$;

-- Makes the log of a table: with columns of the types of its key, or of what a domain is over.
create or replace function replication.make_log(relation_id int)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    this_table oid := (select relid from replication.relation where id = relation_id);
begin
    execute format(
        'create table replication.log_%s (xid bigint not null, changed_at timestamptz not null,'
        ' origin int not null, via int, action "char" not null, %s)',
        relation_id,
        (
            select string_agg(format('k%s %s %s not null', k.number, b.type,
                'collate ' || k.collation_name), ', ' order by k.number)
            from replication.key_columns(this_table) as k
                join pg_attribute as a on a.attrelid = this_table
                    and a.attname = k.name
                cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b
        )
    );
    -- FULL, so that a publication FOR ALL TABLES does not break on it.
    execute format('alter table replication.log_%s replica identity full', relation_id);
    execute format('create index on replication.log_%s using brin (xid)'
        ' with (pages_per_range = 32, autosummarize = on)', relation_id);
    perform replication.grant_to_agents(format('replication.log_%s', relation_id)::regclass);
end
$$;

-- Takes a table into replication, or puts its capture right: the log, the functions, the triggers
-- on it and on its partitions, and its sequences. Where the node has neighbours, they are sent the
-- rows that are there already, unless `sends_rows` is false. Returns the table''s number in the
-- registry.
drop function if exists replication.attach(regclass);
create or replace function replication.attach(this_table regclass, sends_rows boolean default true)
    returns int
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    relation_id int;
    is_new boolean;
    numbers int2[] := replication.key_numbers(this_table);
    reason text := (select c.reason from replication.candidate as c where c.relid = this_table);
begin
    if reason is not null or numbers = '{}' then
        raise exception 'table % cannot be replicated: %', this_table,
            coalesce(reason, 'it is no table of its own')
            using errcode = 'wrong_object_type';
    end if;
    execute format('lock table %s in share row exclusive mode', this_table);

    select id into relation_id
    from replication.relation
    where relid = this_table;
    is_new := relation_id is null;
    if is_new then
        insert into replication.relation (relid, kind, key, digest)
        values (this_table, replication.kind_of(this_table), '{}', '')
        returning id into relation_id;
    else
        perform replication.follow_key(relation_id);
    end if;
    update replication.relation as r
    set kind = replication.kind_of(this_table),
        key = array(
            select k.name::text
            from replication.key_columns(this_table) as k
            order by k.number
        ),
        key_numbers = numbers,
        tablename = replication.full_name(this_table),
        columns = replication.columns_of(this_table),
        added = replication.added_columns(r)
    where id = relation_id;
    perform replication.remember_object_columns(this_table);
    if is_new then
        perform replication.make_log(relation_id);
    end if;

    perform replication.make_capture_functions(relation_id);
    perform replication.make_triggers(relation_id);
    perform replication.hold_objects(this_table);
    perform replication.number_sequences(this_table);
    if is_new and sends_rows and exists (select from replication.neighbour) then
        perform replication.log_all(relation_id);
    end if;
    return relation_id;
end
$$;
comment on function replication.attach(regclass, boolean) is
    'takes a table into replication, or puts its capture right; returns its number';

-- Lets a table go: no trigger, function, log or sequence setting of it stays. Works for a table
-- that was dropped as well.
create or replace function replication.detach(relation_id int)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
    t record;
    f record;
begin
    select * into strict r
    from replication.relation
    where id = relation_id;

    for t in
        select tg.tgname, tg.tgrelid::regclass as relid
        from pg_trigger as tg
            join pg_proc as p on p.oid = tg.tgfoid
        where p.pronamespace = 'replication'::regnamespace
            and (
                p.proname = any (replication.capture_functions(r.id))
                or p.proname = 'outside_' || r.id
            )
    loop
        execute format('drop trigger %I on %s', t.tgname, t.relid);
    end loop;
    for f in
        select p.oid::regprocedure as signature
        from pg_proc as p
        where p.pronamespace = 'replication'::regnamespace
            and (
                p.proname = any (replication.capture_functions(r.id))
                or p.proname = 'outside_' || r.id
            )
    loop
        execute format('drop function %s', f.signature);
    end loop;
    perform replication.restore_sequences(r.relid);
    execute format('drop table if exists replication.log_%s', r.id);
    delete from replication.relation
    where id = r.id;
end
$$;
comment on function replication.detach(int) is 'takes a table out of replication, leaving no trace';
