-- A log grows with each change, and what is sent of a key is its newest entry alone: older ones can go
-- before all neighbours have heard of them. So the log stays bounded while a neighbour is away.

-- How large a log was when it was last compacted, in bytes.
create table if not exists replication.compaction (
    relation int primary key references replication.relation (id) on delete cascade,
    bytes bigint not null
);

-- Whether logs may be compacted: what each neighbour has heard of is known for certain, and no agent but
-- this one, if any, is on an edge of this node's. Until this transaction ends, none will be.
create or replace function replication.hold_edges()
    returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    this_node int := (select s.number from replication.self as s);
begin
    -- An offer of which nobody has heard that it was taken may have been.
    if exists (
        select
        from replication.offer as o
        where o.seen is distinct from o.offered
    ) or exists (
        -- Each of them is thought of in each log.
        select
        from replication.file_offer as f
        group by f.neighbour
        having count(*) > 8
    ) then
        return false;
    end if;
    return coalesce((
        select bool_and(pg_try_advisory_xact_lock(hashtext('trompe'),
            least(this_node, n.number) << 15 | greatest(this_node, n.number)))
        from replication.neighbour as n
    ), true);
end
$$;
comment on function replication.hold_edges() is
    'keeps agents from the edges of this node until the transaction ends; false where one is there';

-- Removes the entries of a log that have a newer one of the same key for the same neighbours, where each
-- neighbour that has not heard of the older one has not heard of a newer one, either. So to each of them
-- is sent what would have been sent, and the newest version of each key stays. What came from a neighbour
-- stays for self.keep all the same: should that neighbour die, it tells what has been seen here. Returns
-- how many are removed.
--
-- Call replication.hold_edges() before: what is removed is seen here, and so is what stays for it; no
-- snapshot may be on its way to a neighbour that shows one and not the other.
create or replace function replication.compact(relation_id int)
    returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set work_mem = '64MB'
    -- In the order in which they stand, and each page once: else a large log is written many times over.
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    removed bigint;
    keys text := (
        select string_agg('l.k' || k.number, ', ' order by k.number)
        from replication.relation as r
            cross join unnest(r.key) with ordinality as k (name, number)
        where r.id = relation_id
    );
    columns text := (
        select case when r.by_columns then ', l.columns' else '' end
        from replication.relation as r
        where r.id = relation_id
    );
    -- For each neighbour: that it has not heard of an entry, which is the newest one of those.
    newest text := (
        select coalesce(string_agg(format(
                ' or (%1$s) and count(*) filter (where %1$s) over newer = 1',
                format('l.xid >= %s or l.xid = any (%L::bigint[])',
                    coalesce(pg_snapshot_xmax(h.heard)::text::bigint, 0),
                    array(select x::text::bigint from pg_snapshot_xip(h.heard) as x)
                )), '' order by n.number), '')
        from replication.neighbour as n
            cross join lateral (
                -- After a first direction alone, the way back begins where that began.
                select coalesce(n.acknowledged, n.way_back) as heard
                union all
                -- Any of the files may be carried out there by now.
                select f.snapshot
                from replication.file_offer as f
                where f.neighbour = n.number
            ) as h
    );
    -- For each home of a filter: that it has not heard of an entry, which is the oldest one of those. An
    -- insert there shows that a delete behind it is none of a row that the home hides.
    oldest text := (
        select coalesce(string_agg(format(
                ' or l.action = ''I'' and (%1$s) and count(*) filter (where %1$s) over older = 1',
                format('replication.is_for(l.via, %s) and (l.xid >= %s or l.xid = any (%L::bigint[]))',
                    n.number,
                    coalesce(pg_snapshot_xmax(h.heard)::text::bigint, 0),
                    array(select x::text::bigint from pg_snapshot_xip(h.heard) as x)
                )), '' order by n.number), '')
        from replication.filter as f
            join replication.relation as r on r.relid = f.relid
            join replication.neighbour as n on n.number = f.neighbour
            cross join lateral (
                select coalesce(n.acknowledged, n.way_back) as heard
            ) as h
        where r.id = relation_id
            and not f.is_home
            and f.token is not null
    );
    young bigint := coalesce(pg_snapshot_xmin((replication.old_horizon()).present)::text::bigint, 0);
begin
    execute format(
        'with entry as (
            select l.ctid as place,
                row_number() over newer = 1
                    or coalesce(l.via > 0 and l.xid >= %5$s, false)%4$s%6$s as is_needed
            from replication.log_%1$s as l
            window newer as (
                partition by %2$s, l.via%3$s
                order by l.changed_at desc, l.origin desc, l.xid desc
                rows between unbounded preceding and current row
            ), older as (
                partition by %2$s
                order by l.changed_at, l.origin, l.xid
                rows between unbounded preceding and current row
            )
        ), removable as materialized (
            select e.place
            from entry as e
            where not e.is_needed
            order by e.place
        )
        delete from replication.log_%1$s as l
        using removable as r
        where l.ctid = r.place', relation_id, keys, columns, newest, young, oldest);
    get diagnostics removed = row_count;
    if removed > 0 then
        -- A neighbour that has staged rows asks for what has changed since: what said so may be gone.
        delete from replication.staging_mark
        where relation = relation_id;
        update replication.self
        set compacted_to = greatest(compacted_to, young);
    end if;
    insert into replication.compaction (relation, bytes)
    values (relation_id, pg_relation_size(format('replication.log_%s', relation_id)::regclass))
    on conflict (relation) do update
    set bytes = excluded.bytes;
    return removed;
end
$$;
comment on function replication.compact(int) is
    'removes the entries of a log that have a newer one of the same key for the same neighbours';

-- Compacts the logs of which much can go, as far as can be told without reading them: those that are
-- larger than a megabyte, hold more entries than their tables can have rows by half, and have grown by
-- half since the last time. Does nothing while another agent is on an edge of this node.
create or replace function replication.compact_logs()
    returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    -- About what an entry takes.
    entry_bytes constant int := 64;
    total bigint := 0;
    r int;
begin
    for r in
        select t.id
        from replication.relation as t
            join pg_class as l on l.oid = to_regclass(format('replication.log_%s', t.id))
            left join replication.compaction as c on c.relation = t.id
            cross join lateral (
                select sum(greatest(p.reltuples, 0)) as rows, bool_and(p.reltuples >= 0) as is_known
                from replication.parts_of(t.relid) as q
                    join pg_class as p on p.oid = q.relid
                where p.relkind = 'r'
            ) as s
        where pg_relation_size(l.oid) > greatest(1048576, 1.5 * coalesce(c.bytes, 0))
            and s.is_known
            and pg_relation_size(l.oid) / entry_bytes > 1.5 * s.rows
        order by t.id
    loop
        if total = 0 and not replication.hold_edges() then
            return 0;
        end if;
        total := total + replication.compact(r);
    end loop;
    return total;
end
$$;
comment on function replication.compact_logs() is
    'compacts the logs of which much can go';
