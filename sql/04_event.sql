-- What is ordered among the changes of a node but is no change of one row.

-- An event has a version, and a neighbour through which it came, like an entry of a log.
--   kind       truncate: a table was emptied, `relation`
--              ddl: a statement changed the schema
--              lost: a statement changed the schema, and its text could not be had
--              skipped: one of a neighbour's that shall not be carried out here
-- Of a change of schema:
--   uid        its name, the same on every node, by which each node carries it out once
--   statement  its text; tag: what PostgreSQL calls such a statement
--   role       who made it
--   settings   how its text is read: search_path, TimeZone and the like
--   objects    what it is about: type, identity, and the address that finds the object on any node
create table if not exists replication.event (
    id bigint generated always as identity primary key,
    xid bigint not null,
    changed_at timestamptz not null,
    origin int not null,
    via int,
    kind text not null,
    relation int references replication.relation (id) on delete cascade,
    uid uuid unique,
    statement text,
    tag text,
    role text,
    settings jsonb,
    objects jsonb
);
alter table replication.event
    add column if not exists uid uuid unique,
    add column if not exists statement text,
    add column if not exists tag text,
    add column if not exists role text,
    add column if not exists settings jsonb,
    add column if not exists objects jsonb,
    alter column relation drop not null,
    drop constraint if exists event_kind_check,
    add constraint event_kind_check check (kind in ('truncate', 'ddl', 'lost', 'skipped'));
comment on table replication.event is
    'what happened on a node that is no change of one row: truncated tables, changes of schema';

-- The snapshot of this moment that cannot see this transaction's own entries, as no xid has been
-- given to it yet. Call it first in a transaction.
create or replace function replication.snapshot_before_writing()
    returns pg_snapshot
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
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
