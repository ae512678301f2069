-- The tree: its nodes and its edges. Both tables replicate like data, so that every node can tell
-- whether a new edge would close a cycle, or a number is taken.

create table if not exists replication.member (
    number int primary key,
    name text not null,
    identity uuid not null
);

-- An edge joins the node `low` to the node `high`. `id` and `made_at` tell a newly made edge from
-- one that was removed.
create table if not exists replication.edge (
    low int not null,
    high int not null,
    id uuid not null default gen_random_uuid(),
    made_at timestamptz not null default now(),
    primary key (low, high),
    check (low < high)
);

-- Forgets the nodes that no edge joins to this one any more, and their edges.
create or replace function replication.forget_unreachable()
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    reachable int[];
begin
    with recursive reached (number) as (
        select number
        from replication.self
        union
        select case when e.low = r.number then e.high else e.low end
        from reached as r
            join replication.edge as e on r.number in (e.low, e.high)
    )
    select array_agg(number) into reachable
    from reached;
    delete from replication.member
    where number <> all (reachable);
    delete from replication.edge
    where low <> all (reachable);
end
$$;
comment on function replication.forget_unreachable() is
    'forgets the nodes that no edge joins to this one any more';

-- Makes a node a neighbour; the edge's id and time come from the caller, as both ends must agree.
create or replace function replication.add_neighbour(
    neighbour_number int,
    neighbour_name text,
    neighbour_identity uuid,
    neighbour_service text,
    edge_id uuid,
    edge_made_at timestamptz
)
    returns void
    language sql
    set search_path = ''
begin atomic
    insert into replication.neighbour as n (number, name, identity, service, linked_at)
    values (neighbour_number, neighbour_name, neighbour_identity, neighbour_service, edge_made_at)
    on conflict (number) do update
        set name = excluded.name,
            service = coalesce(excluded.service, n.service);
    insert into replication.member as m (number, name, identity)
    values (neighbour_number, neighbour_name, neighbour_identity)
    on conflict (number) do nothing;
    insert into replication.edge (low, high, id, made_at)
    select least(s.number, neighbour_number), greatest(s.number, neighbour_number),
        edge_id, edge_made_at
    from replication.self as s
    on conflict (low, high) do update
        set id = excluded.id,
            made_at = excluded.made_at
        where edge.id <> excluded.id;
end;
comment on function replication.add_neighbour(int, text, uuid, text, uuid, timestamptz) is
    'joins this node to another by an edge';

-- Takes a neighbour away, with all that this node knew of it and of what lies behind it.
create or replace function replication.remove_neighbour(neighbour_number int)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    delete from replication.neighbour
    where number = neighbour_number;
    delete from replication.offer
    where neighbour = neighbour_number;
    delete from replication.level
    where neighbour = neighbour_number;
    delete from replication.file_offer
    where neighbour = neighbour_number;
    delete from replication.quarantine
    where neighbour = neighbour_number;
    delete from replication.pause
    where neighbour = neighbour_number;
    perform replication.forget_filters(array[neighbour_number]);
    delete from replication.edge as e
    using replication.self as s
    where e.low = least(s.number, neighbour_number)
        and e.high = greatest(s.number, neighbour_number);
    perform replication.forget_neighbour(neighbour_number);
    perform replication.forget_unreachable();
end
$$;
comment on function replication.remove_neighbour(int) is 'removes the edge to a neighbour';
