-- Who uses a large object, and what becomes of those that nobody uses any more.

-- The columns whose values may be numbers of large objects: those of the type oid or of a domain over it,
-- as vacuumlo looks for them, and those of the type bigint that hold objects. is_readable: the present
-- user sees all of their values.
create or replace view replication.naming_column as
select t.oid::regclass as relid, a.attname as name, 'oid' as type,
    has_column_privilege(t.oid, a.attnum, 'SELECT') and not row_security_active(t.oid) as is_readable
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
select t.oid::regclass, h.name, 'bigint',
    has_table_privilege(t.oid, 'SELECT') and not row_security_active(t.oid)
from replication.relation as r
    cross join unnest(replication.bigint_objects(r.relid)) as h (name)
    cross join lateral replication.parts_of(r.relid) as p
    join pg_class as t on t.oid = p.relid
where t.relkind = 'r';

-- How often each column names each of some objects. Where the present user does not see all of its
-- values, it may name them all: `uses` is null.
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
    for c in select * from replication.naming_column
    loop
        if c.is_readable then
            return query execute format(
                'select t.%1$I::oid, count(*) from only %2$s as t where t.%1$I = any ($1::%3$s[])'
                ' group by 1',
                c.name, c.relid, c.type)
            using objects;
        else
            return query select o.lo, null::bigint from unnest(objects) as o (lo);
        end if;
    end loop;
end
$$;

-- The same of all columns together. A column that cannot be seen counts as one use; `is_seen`: there is
-- another one.
create or replace function replication.object_uses(objects oid[])
    returns table (lo oid, uses bigint, is_seen boolean)
    language sql
    stable
begin atomic
    select n.lo, sum(coalesce(n.uses, 1))::bigint, bool_or(n.uses is not null)
    from replication.object_names(objects) as n
    group by n.lo;
end;
comment on function replication.object_uses(oid[]) is
    'how often rows name each of some large objects';

-- Keeps users from writing the tables whose rows may name large objects until this transaction ends, so
-- that none comes to be named that is about to be unlinked. False, and at once, where somebody has
-- written one and is not done, or where the present user may not lock them. Tables that are not
-- replicated are not locked, but looked at.
create or replace function replication.hold_off_writers()
    returns boolean
    language plpgsql
    volatile
    set search_path = ''
as $$
declare
    tables text;
begin
    select string_agg(case r.kind when 'i' then 'only ' else '' end || r.relid, ', ' order by r.id)
    into tables
    from replication.relation as r
    where exists (select from replication.object_columns(r.relid));
    if tables is not null then
        execute format('lock table %s in share mode nowait', tables);
    end if;
    return not exists (
        select
        from pg_locks as l
            join replication.naming_column as c on c.relid::oid = l.relation
        where l.locktype = 'relation'
            and l.mode = 'RowExclusiveLock'
            and l.database = (select d.oid from pg_database as d where d.datname = current_database())
            and l.pid is distinct from pg_backend_pid()
    );
exception
    when lock_not_available or insufficient_privilege then
        return false;
end
$$;

-- Unlinks objects that a sync has taken from their last row, unless something names them all the
-- same. Does nothing while somebody writes a table that could: what he writes cannot be seen yet.
-- Returns how many are unlinked. At most a quarter of the locks that the server has are taken, one
-- for each object; the rest stay for the next call, and so do those of which the present user is not
-- the owner, and those that a column may name which he does not see.
create or replace function replication.sweep_objects()
    returns bigint
    language plpgsql
    volatile
    set search_path = ''
as $$
declare
    batch oid[];
    unused oid[];
begin
    batch := array(
        select l.lo
        from replication.loose_object as l
            left join pg_largeobject_metadata as m on m.oid = l.lo
        where m.oid is null
            or pg_has_role(m.lomowner, 'usage')
        order by l.is_hidden, l.lo
        limit current_setting('max_locks_per_transaction')::bigint
            * current_setting('max_connections')::bigint / 4
        for update of l skip locked
    );
    if batch = '{}' or not replication.hold_off_writers() then
        return 0;
    end if;
    with judged as materialized (
        select b.lo, k.lo is not null or u.lo is not null as is_used,
            k.lo is not null or coalesce(u.is_seen, false) as is_seen,
            m.oid is not null as is_there
        from unnest(batch) as b (lo)
            left join pg_largeobject_metadata as m on m.oid = b.lo
            left join replication.object_uses(batch) as u on u.lo = b.lo
            left join (
                select distinct o.lo
                from replication.kept_object as o
            ) as k on k.lo = b.lo
    ), settled as (
        delete from replication.loose_object as l
        using judged as j
        where j.lo = l.lo
            and (j.is_seen or not j.is_used or not j.is_there)
    ), hidden as (
        update replication.loose_object as l
        set is_hidden = true
        from judged as j
        where j.lo = l.lo
            and j.is_there
            and j.is_used
            and not j.is_seen
            and not l.is_hidden
    )
    select array_agg(j.lo)
    into unused
    from judged as j
    where j.is_there
        and not j.is_used;
    unused := coalesce(unused, '{}');
    perform lo_unlink(u.lo) from unnest(unused) as u (lo);
    delete from replication.object_pair
    where mine = any (unused::bigint[]);
    delete from replication.held_object
    where lo = any (unused);
    return cardinality(unused);
end
$$;
comment on function replication.sweep_objects() is
    'unlinks large objects that a sync has taken from their last row; returns how many';

-- Those of some objects that no column of the type bigint names.
create or replace function replication.without_bigint(objects oid[])
    returns oid[]
    language plpgsql
    volatile
    set search_path = ''
as $$
declare
    c record;
begin
    for c in select n.relid, n.name from replication.naming_column as n where n.type = 'bigint'
    loop
        exit when objects = '{}';
        execute format(
            'select array(
                select o.lo
                from unnest($1) as o (lo)
                where not exists (select from only %2$s as t where t.%1$I = o.lo::bigint)
            )', c.name, c.relid)
        into objects
        using objects;
    end loop;
    return objects;
end
$$;

-- Lets go of what is held for columns of the type bigint that name it no more. A transaction under way
-- has locked what it needs. So what seems to be needed by none is locked here, and looked at once more,
-- with another snapshot: by then the others can be seen.
create or replace function replication.release_objects()
    returns void
    language plpgsql
    volatile
    set search_path = ''
as $$
declare
    free oid[];
begin
    free := replication.without_bigint(array(select h.lo from replication.held_object as h));
    free := array(
        select h.lo
        from replication.held_object as h
        where h.lo = any (free)
        for update skip locked
    );
    free := replication.without_bigint(free);
    delete from replication.held_object
    where lo = any (free);
end
$$;
comment on function replication.release_objects() is
    'lets go of large objects that no column of the type bigint names any more';

-- Forgets what stood for objects of a neighbour's that are no more here: it has heard of that.
create or replace function replication.forget_pairs(this_neighbour int)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    delete from replication.object_pair as p
    where p.neighbour = this_neighbour
        and not exists (
            select
            from pg_largeobject_metadata as m
            where m.oid::bigint = p.mine
        );
end;

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
