-- Letting go of old conflicts, on one node alone.

-- What was pruned from the history of this node. A neighbour that still has it may offer it again,
-- over a new edge for instance: it stays away. Not replicated, like the pruning itself.
create table if not exists replication.pruned (
    id uuid primary key,
    pruned_at timestamptz not null default now()
);

-- Removes conflicts that were decided longer ago than `older_than` from the history of this node,
-- and of this node alone. One that a neighbour has still to be told of stays: its entry in the log,
-- a key without a row, would be a delete. For the same reason the entries go with the rows. No
-- direction into this node may be under way: it could have found the row, and log it after it has
-- gone.
create or replace function replication.prune(
    older_than interval,
    out pruned bigint,
    out kept bigint
)
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    relation_id int;
    old uuid[];
    pending uuid[];
begin
    if older_than < '0' then
        raise exception 'an age below zero: %', older_than
            using hint = 'Give an age such as 30d or 12 hours.';
    end if;
    perform
    from replication.neighbour
    order by number
    for update;
    select id into strict relation_id
    from replication.relation
    where relid = 'replication.conflict'::regclass;
    old := array(
        select id
        from replication.conflict
        where decided_at < replication.now() - older_than
    );
    execute format(
        'select array_agg(distinct l.k1)
        from replication.log_%s as l
            join unnest($1) as o (id) on o.id = l.k1
            join replication.neighbour as n on replication.is_for(l.via, n.number)
        where not coalesce(pg_visible_in_snapshot(l.xid::text::xid8,
            coalesce(n.acknowledged, n.way_back)), false)', relation_id)
    into pending
    using old;
    insert into replication.pruned (id)
    select id
    from unnest(old) as o (id)
    where id <> all (coalesce(pending, '{}'));
    get diagnostics pruned = row_count;
    kept := cardinality(old) - pruned;
    delete from replication.conflict as c
    using unnest(old) as o (id)
    where c.id = o.id
        and c.id <> all (coalesce(pending, '{}'));
    with gone as (
        delete from replication.kept_object as k
        using unnest(old) as o (id)
        where k.conflict = o.id
            and k.conflict <> all (coalesce(pending, '{}'))
        returning k.lo
    )
    insert into replication.loose_object (lo)
    select g.lo
    from gone as g
    on conflict do nothing;
    perform replication.sweep_objects();
    execute format(
        'delete from replication.log_%s as l
        using unnest($1) as o (id)
        where l.k1 = o.id
            and l.k1 <> all ($2)', relation_id)
    using old, coalesce(pending, '{}');
end
$$;
comment on function replication.prune(interval) is
    'removes old conflicts from the history of this node alone, once all neighbours have them';
