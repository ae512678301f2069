-- What becomes of large objects that nobody uses any more.

-- Keeps users from writing the tables whose rows may name large objects until this transaction ends, so
-- that none comes to be named that is about to be unlinked. False, and at once, where somebody has
-- written one and is not done, or where the present user may not lock them. Tables that are not
-- replicated are not locked, but looked at.
create or replace function replication.hold_off_writers()
    returns boolean
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
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
    set search_path = pg_catalog, pg_temp
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
    set search_path = pg_catalog, pg_temp
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
    set search_path = pg_catalog, pg_temp
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
