-- What is ordered among the changes of a node but is no change of one row.

-- An event has a version, and a neighbour through which it came, like an entry of a log. A truncated
-- table is the only kind so far.
create table if not exists replication.event (
    id bigint generated always as identity primary key,
    xid bigint not null,
    changed_at timestamptz not null,
    origin int not null,
    via int,
    kind text not null check (kind in ('truncate')),
    relation int not null references replication.relation (id) on delete cascade
);

-- The snapshot of this moment that cannot see this transaction's own entries, as no xid has been
-- given to it yet. Call it first in a transaction.
create or replace function replication.snapshot_before_writing()
    returns pg_snapshot
    language plpgsql
    volatile
    set search_path = ''
as $$
begin
    if pg_current_xact_id_if_assigned() is not null then
        raise exception 'the transaction has written already';
    end if;
    return pg_current_snapshot();
end
$$;
comment on function replication.snapshot_before_writing() is
    'the snapshot now, which none of this transaction''s own entries is visible in';
