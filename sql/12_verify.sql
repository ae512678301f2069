-- Nothing may escape capture in silence: what every sync checks first, on both sides.

-- What the last check that found nothing wrong had before it, so that the next one need not look
-- again.
create table if not exists replication.verified (
    only_row boolean primary key default true check (only_row),
    state numeric not null
);

-- Whether the sequences stand at numbers of this node's.
create or replace function replication.draws_own_numbers()
    returns boolean
    language sql
    stable
    set search_path = ''
begin atomic
    select not exists (
        select
        from replication.sequence as q
            cross join replication.self as s
            cross join lateral replication.place_of(q.relid) as p
        where not replication.is_share(p.last_value, q.increment, s.number, s.modulus)
    );
end;
comment on function replication.draws_own_numbers() is
    'whether the sequences of replicated tables stand at numbers of this node''s';

-- Puts right what can be put right without a doubt, and reports the rest. A `mended` line says what
-- was done; a `broken` one stops the sync: changes may have been made that no log names.
--   mended  a new table with a key is attached, and the log of a dropped one removed
--   mended  a new partition gets its triggers, and its rows are logged
--   mended  the capture of a table follows its policy, and its columns where it notes them
--   mended  a sequence that was set or altered goes on with this node's numbers
--   broken  a capture trigger is missing or disabled, or a capture function was replaced
--   broken  the key of a table changed
--
-- Looks at everything only where something has changed since it last found nothing to do, as that
-- takes the planning of many queries.
create or replace function replication.verify()
    returns table (result text, object text, problem text, hint text)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    -- Before the check: what changes while it looks is looked at again the next time.
    present numeric := replication.capture_state();
begin
    if present = (select v.state from replication.verified as v)
        and replication.draws_own_numbers()
    then
        return;
    end if;
    return query
        select c.result, c.object, c.problem, c.hint
        from replication.verify_all() as c;
    if not found and not exists (select from replication.outdated_capture) then
        insert into replication.verified (state)
        values (present)
        on conflict (only_row) do update
        set state = excluded.state;
    end if;
end
$$;
comment on function replication.verify() is
    'checks that every change is captured; mends what is safe to mend, and reports the rest';

-- The same, whatever the last check found.
create or replace function replication.verify_all()
    returns table (result text, object text, problem text, hint text)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    t record;
begin
    for t in
        select r.id, coalesce(r.tablename, r.relid::text) as name
        from replication.relation as r
        where not exists (select from pg_class as c where c.oid = r.relid)
    loop
        perform replication.detach(t.id);
        return query select 'mended', t.name, 'the table was dropped', null::text;
    end loop;

    for t in
        select c.relid
        from replication.candidate as c
        where c.reason is null
            and not exists (select from replication.relation as r where r.relid = c.relid)
    loop
        perform replication.attach(t.relid);
        return query select 'mended', t.relid::text, 'the table is new', null::text;
    end loop;

    for t in
        select r.id, r.relid
        from replication.relation as r
        where r.kind <> replication.kind_of(r.relid)
    loop
        perform replication.mend(t.relid);
        return query select 'mended', t.relid::text,
            'the table joined or left an inheritance tree; its rows are sent again', null::text;
    end loop;

    for t in
        select w.relation, w.relid
        from replication.wrong_trigger as w
            join pg_class as c on c.oid = w.relid
        where c.relispartition
        group by w.relation, w.relid, c.relkind
        having bool_and(w.what = 'missing')
            and count(*) = 4
    loop
        perform replication.make_triggers(t.relation);
        if (select c.relkind = 'r' from pg_class as c where c.oid = t.relid) then
            perform replication.log_all(t.relation, t.relid);
        end if;
        return query select 'mended', t.relid::text, 'the partition is new', null::text;
    end loop;

    for t in
        select distinct w.relation, w.relid
        from replication.wrong_refusal as w
    loop
        perform replication.make_refusals(t.relation);
        return query select 'mended', t.relid::text,
            'changes outside its filter were not refused for a while', null::text;
    end loop;

    for t in
        select o.relation, o.relid, o.problem
        from replication.outdated_capture as o
    loop
        if replication.try_to_follow_policy(t.relation) then
            return query select 'mended', t.relid::text, t.problem, null::text;
        end if;
    end loop;

    for t in
        select r.relid
        from replication.relation as r
        where r.held <> replication.bigint_objects(r.relid)
    loop
        perform replication.attach(t.relid);
        return query select 'mended', t.relid::text,
            'its columns with large objects are other ones', null::text;
    end loop;

    return query
        select 'mended', l.tablename, 'the table is not replicated any more: ' || l.reason, null::text
        from replication.let_go() as l;

    for t in
        select distinct on (s.relid) s.table_relid, s.relid
        from replication.wrong_sequence as s
        order by s.relid, s.table_relid
    loop
        perform replication.number_sequences(t.table_relid);
        return query select 'mended', t.relid::text,
            'the sequence did not draw this node''s numbers', null::text;
    end loop;

    if (select d.is_captured from replication.ddl_setting as d) and not replication.captures_ddl() then
        if replication.capture_schema_changes() then
            return query select 'mended', 'event triggers'::text,
                'changes of schema were not captured for a while', null::text;
        else
            return query select 'broken', 'event triggers'::text,
                'changes of schema are not captured: an event trigger is missing or disabled',
                'As a superuser: select replication.capture_schema_changes()';
        end if;
    end if;

    return query
        select 'broken', w.relid::text,
            format('the capture trigger %s is %s', w.name, w.what),
            format('Changes since then are in no log. Run "trompe install" with --node %s on this'
                ' database again: it restores the capture and sends every row of the table. Rows'
                ' that were deleted meanwhile stay on the other nodes.', s.number)
        from replication.wrong_trigger as w
            cross join replication.self as s;

    return query
        select 'broken', f.tablename,
            format('its filter for node %s names a column that is not there any more', f.neighbour),
            'Set another one with trompe filter.'
        from replication.filters as f
        where f.is_broken;

    return query
        select 'broken', r.relid::text,
            'a capture function was replaced',
            format('Changes since then may be in no log. Run "trompe install" with --node %s on this'
                ' database again: it restores the capture and sends every row of the table.', s.number)
        from replication.relation as r
            cross join replication.self as s
        where r.digest is distinct from replication.digest_of(r.id);

    return query
        select 'broken', r.relid::text,
            coalesce('the table cannot be replicated any more: ' || c.reason, 'its key changed'),
            format('Run "select replication.detach(id) from replication.relation where relid = %L::'
                'regclass" on every node, and let the next sync attach it again.', r.relid::text)
        from replication.relation as r
            left join replication.candidate as c on c.relid = r.relid
        where c.reason is not null
            or r.key <> array(
                select k.name::text
                from replication.key_columns(r.relid) as k
                order by k.number
            );
end
$$;
comment on function replication.verify_all() is
    'what replication.verify() does where something has changed';

-- Restores the capture of a table of which changes may have escaped, and sends all its rows.
create or replace function replication.mend(this_table regclass)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    t record;
    relation_id int;
begin
    for t in
        select w.relid, w.name
        from replication.wanted_trigger as w
            join replication.relation as r on r.id = w.relation
        where r.relid = this_table
    loop
        execute format('drop trigger if exists %I on %s', t.name, t.relid);
    end loop;
    relation_id := replication.attach(this_table);
    if exists (select from replication.neighbour) then
        perform replication.log_all(relation_id);
    end if;
end
$$;
comment on function replication.mend(regclass) is
    'restores the capture of a table, and logs all its rows';
