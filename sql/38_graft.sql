-- Two neighbours of a node that died become neighbours, by their logs: `trompe graft`.
--
-- The agent calls these in one transaction on each side, both open until all is known, and carries the
-- temporary tables from one to the other:
--   graft_name    what this side's logs name since both were level with the dead node, and what it has met
--   graft_theirs  the same of the other side
--   graft_doubt   keys of which nothing is to be sent either way, although the logs name them differently
--   graft_their_doubt

-- A table's name, the same on both sides.
create or replace function replication.graft_table(this_table oid)
    returns text
    language sql
    stable
    set search_path = ''
return (
    select format('%I.%I', n.nspname, c.relname)
    from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where c.oid = this_table
);

-- The key of an entry `l` of a log as texts, of which every node makes the same.
create or replace function replication.graft_key(relation_id int)
    returns text
    language sql
    stable
    set search_path = ''
return (
    select format('array[%s]', string_agg(format('format(''%%s'', l.k%s)', k.number), ', ' order by k.number))
    from replication.relation as r
        cross join unnest(r.key) with ordinality as k (name, number)
    where r.id = relation_id
);

-- The condition that an entry `l` is not visible in a snapshot.
create or replace function replication.graft_unseen(seen pg_snapshot)
    returns text
    language sql
    immutable
    set search_path = ''
return format('(l.xid >= %s and (l.xid >= %s or l.xid = any (%L::bigint[])))',
    pg_snapshot_xmin(seen), pg_snapshot_xmax(seen),
    array(select x::text::bigint from pg_snapshot_xip(seen) as x));

-- Makes the temporary tables, and fills the first: what happened here since a snapshot of this node.
create or replace function replication.begin_graft(since pg_snapshot)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
as $$
declare
    r replication.relation;
begin
    create temporary table graft_name (
        tablename text not null,
        key text[] not null,
        changed_at timestamptz not null,
        origin int not null,
        is_met boolean not null
    ) on commit drop;
    create temporary table graft_theirs (like pg_temp.graft_name) on commit drop;
    create temporary table graft_doubt (
        tablename text not null,
        key text[] not null,
        digest text
    ) on commit drop;
    create temporary table graft_their_doubt (like pg_temp.graft_doubt) on commit drop;
    for r in
        select *
        from replication.relation
        order by id
    loop
        execute format(
            'insert into pg_temp.graft_name
            select distinct %L, %s, l.changed_at, l.origin, false
            from replication.log_%s as l
            where %s',
            replication.graft_table(r.relid), replication.graft_key(r.id), r.id,
            replication.graft_unseen(since));
    end loop;
    execute format(
        'insert into pg_temp.graft_name
        select distinct replication.graft_table(r.relid), l.key, l.changed_at, l.origin, true
        from replication.met as l
            join replication.relation as r on r.id = l.relation
        where %s', replication.graft_unseen(since));
end
$$;
comment on function replication.begin_graft(pg_snapshot) is
    'notes what the logs of this node name since a snapshot, for a graft';

-- What came through the dead node, and the other side has seen, shall not be sent there; what was for the
-- dead node alone, shall be.
--   seen      what the other side has of this node's log
--   level_to  what transactions up to this one brought from the dead node, the other side was told, too
create or replace function replication.settle_graft(
    other int,
    dead int,
    seen pg_snapshot,
    level_to bigint
)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set work_mem = '64MB'
as $$
declare
    r replication.relation;
    columns text;
begin
    analyze pg_temp.graft_name;
    analyze pg_temp.graft_theirs;
    for r in
        select *
        from replication.relation
        order by id
    loop
        execute format(
            'update replication.log_%s as l
            set via = $1
            where l.via = $2
                and %s
                and (
                    l.xid <= $3
                    or l.origin = $1
                    -- What no user did is nobody''s name.
                    or isfinite(l.changed_at)
                    and l.changed_at > replication.made_at()
                    and exists (
                        select
                        from pg_temp.graft_theirs as t
                        where t.tablename = %L
                            and t.key = %s
                            and t.changed_at = l.changed_at
                            and t.origin = l.origin
                    )
                )',
            r.id, replication.graft_unseen(seen), replication.graft_table(r.relid),
            replication.graft_key(r.id))
        using other, dead, level_to;
        select string_agg(format('l.k%s', k.number), ', ' order by k.number)
            || case when r.by_columns then ', l.columns' else '' end
        into columns
        from unnest(r.key) with ordinality as k (name, number);
        execute format(
            'insert into replication.log_%1$s (xid, changed_at, origin, via, action, %2$s)
            select pg_current_xact_id()::text::bigint, l.changed_at, l.origin, -$1, l.action, %3$s
            from replication.log_%1$s as l
            where l.via = -$2
                and %4$s',
            r.id, replace(columns, 'l.', ''), columns, replication.graft_unseen(seen))
        using other, dead;
    end loop;
    update replication.event as e
    set via = other
    where e.via = dead
        and e.xid <= level_to;
end
$$;
comment on function replication.settle_graft(int, int, pg_snapshot, bigint) is
    'sees to it that what the other side of a graft has seen is not sent to it';

-- Makes the other side a neighbour in the dead node's place: with what each has of the other's log, the edge
-- is like one that was always there. What lay behind the dead node alone is forgotten.
create or replace function replication.join_graft(
    other int,
    other_name text,
    other_identity uuid,
    other_service text,
    dead int,
    seen_here pg_snapshot,
    seen_there pg_snapshot,
    edge_id uuid,
    edge_made_at timestamptz
)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform replication.add_neighbour(other, other_name, other_identity, other_service, edge_id,
        edge_made_at);
    update replication.neighbour
    set received = seen_here,
        acknowledged = seen_there,
        received_token = null,
        way_back = null
    where number = other;
    delete from replication.offer
    where neighbour = other;
    delete from replication.edge
    where low = least(dead, other)
        and high = greatest(dead, other);
    delete from replication.level
    where neighbour = other;
    -- Should this transaction be the only one of the two that commits, it is done again, by these.
    create temporary table graft_level on commit drop as
    select *
    from replication.level
    where neighbour = dead;
    perform replication.remove_neighbour(dead);
    insert into replication.level
    select *
    from pg_temp.graft_level;
end
$$;
comment on function replication.join_graft(int, text, uuid, text, int, pg_snapshot, pg_snapshot, uuid,
    timestamptz) is 'makes the other side of a graft a neighbour in the dead node''s place';
