-- Who uses a large object, and what becomes of those that nobody uses any more.

-- How often each column names each of some objects: of those of the type oid or of a domain over it,
-- as vacuumlo looks for them, and of the type bigint that hold objects. Where the present user may not
-- read a column, or not all of its rows, it may name them all.
create or replace function replication.object_names(objects oid[])
    returns table (lo oid, uses bigint)
    language plpgsql
    stable
    set search_path = ''
as $$
declare
    c record;
begin
    if cardinality(objects) = 0 then
        return;
    end if;
    for c in
        select t.oid::regclass as relid, a.attname as name,
            has_column_privilege(t.oid, a.attnum, 'SELECT') and not row_security_active(t.oid)
                as is_readable,
            'oid[]' as type
        from pg_class as t
            join pg_namespace as n on n.oid = t.relnamespace
            join pg_attribute as a on a.attrelid = t.oid
            cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b
        where t.relkind in ('r', 'm')
            and t.relpersistence <> 't'
            and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'replication')
            and a.attnum > 0
            and not a.attisdropped
            and b.oid = 'oid'::regtype
        union all
        select t.oid::regclass, h.name,
            has_table_privilege(t.oid, 'SELECT') and not row_security_active(t.oid), 'bigint[]'
        from replication.relation as r
            cross join unnest(replication.bigint_objects(r.relid)) as h (name)
            cross join lateral replication.parts_of(r.relid) as p
            join pg_class as t on t.oid = p.relid
        where t.relkind = 'r'
    loop
        if not c.is_readable then
            return query select o.lo, 1::bigint from unnest(objects) as o (lo);
        else
            return query execute format(
                'select t.%1$I::oid, count(*) from only %2$s as t where t.%1$I = any ($1::%3$s) group by 1',
                c.name, c.relid, c.type)
            using objects;
        end if;
    end loop;
end
$$;

-- The same of all columns together.
create or replace function replication.object_uses(objects oid[])
    returns table (lo oid, uses bigint)
    language sql
    stable
begin atomic
    select n.lo, sum(n.uses)::bigint
    from replication.object_names(objects) as n
    group by n.lo;
end;
comment on function replication.object_uses(oid[]) is
    'how often rows name each of some large objects';

-- Those of some objects that something names: rows, or the history of conflicts.
create or replace function replication.used_objects(objects oid[])
    returns oid[]
    language sql
    stable
    set search_path = ''
return array(
    select u.lo from replication.object_uses(objects) as u
    union
    select k.lo from replication.kept_object as k where k.lo = any (objects)
);

-- Unlinks objects that a sync has taken from their last row, unless something names them all the
-- same. Does nothing while somebody writes a table that could: what he writes cannot be seen yet.
-- Returns how many are unlinked. At most a quarter of the locks that the server has are taken, one
-- for each object; the rest stay for the next call, and so do those of which the present user is not
-- the owner.
create or replace function replication.sweep_objects()
    returns bigint
    language plpgsql
    volatile
    set search_path = ''
as $$
declare
    batch oid[];
    used oid[];
    tables text;
begin
    batch := array(
        select l.lo
        from replication.loose_object as l
            left join pg_largeobject_metadata as m on m.oid = l.lo
        where m.oid is null
            or pg_has_role(m.lomowner, 'usage')
        order by l.lo
        limit current_setting('max_locks_per_transaction')::bigint
            * current_setting('max_connections')::bigint / 4
        for update of l skip locked
    );
    if batch = '{}' then
        return 0;
    end if;
    select string_agg(case r.kind when 'i' then 'only ' else '' end || r.relid, ', ' order by r.id)
    into tables
    from replication.relation as r
    where exists (select from replication.object_columns(r.relid));
    if tables is not null then
        begin
            execute format('lock table %s in share mode nowait', tables);
        exception
            when lock_not_available then
                return 0;
        end;
    end if;
    used := replication.used_objects(batch);
    delete from replication.loose_object
    where lo = any (batch);
    batch := array(
        select b.lo
        from unnest(batch) as b (lo)
            join pg_largeobject_metadata as m on m.oid = b.lo
        where b.lo <> all (used)
    );
    perform lo_unlink(b.lo) from unnest(batch) as b (lo);
    delete from replication.object_pair
    where mine = any (batch);
    delete from replication.held_object
    where lo = any (batch);
    return cardinality(batch);
end
$$;
comment on function replication.sweep_objects() is
    'unlinks large objects that a sync has taken from their last row; returns how many';

-- Lets go of what is held for columns of the type bigint that name it no more.
create or replace function replication.release_objects()
    returns void
    language plpgsql
    volatile
    set search_path = ''
as $$
declare
    held oid[];
    c record;
begin
    -- What a transaction under way needs is locked by it. The tables are looked at afterwards, with
    -- another snapshot: those that had it before have been seen to.
    held := array(
        select h.lo
        from replication.held_object as h
        for update skip locked
    );
    for c in
        select r.relid, h.name
        from replication.relation as r
            cross join unnest(replication.bigint_objects(r.relid)) as h (name)
    loop
        if held = '{}' then
            return;
        end if;
        execute format(
            'select array(
                select o.lo
                from unnest($1) as o (lo)
                where not exists (select from %2$s as t where t.%1$I = o.lo::bigint)
            )', c.name, c.relid)
        into held
        using held;
    end loop;
    delete from replication.held_object
    where lo = any (held);
end
$$;
comment on function replication.release_objects() is
    'lets go of large objects that no column of the type bigint names any more';

-- Those of some objects that rows name which this node has changed, and a neighbour has not seen.
create or replace function replication.changed_objects(
    objects oid[],
    acknowledged pg_snapshot,
    neighbour int
)
    returns oid[]
    language plpgsql
    stable
    set search_path = ''
as $$
declare
    r record;
    found oid[];
    all_found oid[] := '{}';
begin
    if cardinality(objects) = 0 then
        return '{}';
    end if;
    for r in
        select l.id, l.relid, l.kind, o.name, case when o.is_bigint then 'bigint[]' else 'oid[]' end as type
        from replication.relation as l
            cross join lateral replication.object_columns(l.relid) as o
    loop
        execute format(
            'select array_agg(distinct t.%1$I::oid)
            from %2$s %3$s as t
                join replication.log_%4$s as l on %5$s
            where t.%1$I = any ($1::%6$s)
                and l.xid >= $2 and (l.xid >= $3 or l.xid = any ($4))
                and replication.is_for(l.via, $5)',
            r.name, case r.kind when 'i' then 'only' else '' end, r.relid, r.id,
            (select string_agg(format('t.%I %s l.k%s', k.name, k.equals, k.number), ' and ')
                from replication.key_columns(r.relid) as k),
            r.type)
        into found
        using objects, coalesce(pg_snapshot_xmin(acknowledged)::text::bigint, 0),
            coalesce(pg_snapshot_xmax(acknowledged)::text::bigint, 0),
            array(select x::text::bigint from pg_snapshot_xip(acknowledged) as x),
            neighbour;
        all_found := all_found || coalesce(found, '{}');
    end loop;
    return all_found;
end
$$;

-- Lets go of the objects of all rows of a table that are about to be deleted: what is named by none
-- then will be unlinked.
create or replace function replication.loosen_objects(this_table regclass)
    returns void
    language plpgsql
    set search_path = ''
as $$
declare
    c record;
begin
    for c in select o.name from replication.object_columns(this_table) as o
    loop
        execute format(
            'insert into replication.loose_object (lo)
            select distinct m.oid
            from %2$s as t
                join pg_largeobject_metadata as m on m.oid = replication.object_number(t.%1$I::bigint)
            on conflict do nothing', c.name, this_table);
    end loop;
end
$$;

-- The same of the objects of the one row that a conflict is about.
create or replace function replication.loosen_row(conflict_id uuid)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    insert into replication.loose_object (lo)
    select distinct m.oid
    from replication.conflict as c
        cross join replication.object_columns(to_regclass(c.tablename)) as o
        cross join replication.present_row(c) as r (present)
        join pg_largeobject_metadata as m
            on m.oid = replication.object_number((r.present ->> o.name)::bigint)
    where c.id = conflict_id
    on conflict do nothing;
end;
