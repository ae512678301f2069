-- Edges that are paused by a person: nothing is synced over them until they are resumed. Capture goes
-- on, and so the logs grow.

-- The edge to a neighbour, or with the number 0 all edges of this node.
create table if not exists replication.pause (
    neighbour int primary key,
    since timestamptz not null default now(),
    reason text
);

-- Pauses an edge, or with the number 0 the node. Said again, it gives another reason, if any.
create or replace function replication.pause(at_neighbour int, because text default null)
    returns void
    language sql
    set search_path = ''
begin atomic
    insert into replication.pause as p (neighbour, reason)
    values (at_neighbour, because)
    on conflict (neighbour) do update
        set reason = coalesce(excluded.reason, p.reason);
end;
comment on function replication.pause(int, text) is
    'lets no sync go over the edge to a neighbour, or with 0 over any, until replication.resume()';

-- Ends a pause. Returns whether there was one.
create or replace function replication.resume(at_neighbour int)
    returns boolean
    language sql
    set search_path = ''
begin atomic
    with ended as (
        delete from replication.pause
        where neighbour = at_neighbour
        returning 1
    )
    select exists (select from ended);
end;
comment on function replication.resume(int) is
    'ends what replication.pause() began; false where there was no pause';
