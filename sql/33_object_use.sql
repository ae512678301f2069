-- Who uses a large object, and when a row lets go of its own.

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
    set search_path = pg_catalog, pg_temp
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

-- Between two releases it returned something else.
do $$
begin
    if pg_get_function_result(to_regprocedure('replication.object_uses(oid[])'))
        <> 'TABLE(lo oid, uses bigint, is_seen boolean)'
    then
        drop function if exists replication.used_objects(oid[]), replication.object_uses(oid[]);
    end if;
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

-- Those of some objects that rows name which this node has changed, and a neighbour has not seen.
create or replace function replication.changed_objects(
    objects oid[],
    acknowledged pg_snapshot,
    neighbour int
)
    returns oid[]
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
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
    set search_path = pg_catalog, pg_temp
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
