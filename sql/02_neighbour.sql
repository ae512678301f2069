-- The nodes that this one exchanges changes with, and how far each has come.

--   service       how an agent reaches the neighbour from here, where that is a service name
--   received      the watermark: the neighbour's snapshot up to which its log is applied here
--   received_token  the offer that came with that watermark
--   way_back      the snapshot of this database from which the first way back to the neighbour
--                 begins; noted by the first direction over a new edge
--   acknowledged  the snapshot of this database up to which the neighbour has applied our log
--   last_sync     when a direction from the neighbour last ended well here, changes or not
create table if not exists replication.neighbour (
    number int primary key,
    name text not null,
    identity uuid not null,
    service text,
    received pg_snapshot,
    received_token uuid,
    way_back pg_snapshot,
    acknowledged pg_snapshot,
    linked_at timestamptz not null default now(),
    last_sync timestamptz
);

-- Whether a log entry is for a neighbour, by the entry's `via`: null (made here) is for all, a
-- neighbour's number for all but that one, and a number below zero for that one neighbour alone: a
-- row that has to go over a new edge, and that the others have.
create or replace function replication.is_for(via int, neighbour int)
    returns boolean
    language sql
    immutable
return via is null or via > 0 and via <> neighbour or via = -neighbour;
comment on function replication.is_for(int, int) is
    'whether a log entry with this via must be sent to the neighbour';

-- What this node as a source has offered each neighbour. A neighbour whose token is neither the one
-- last seen there nor the one last offered shows that one of the two went back in time. `xid` is the
-- transaction that wrote the row: where the row's own xmin is another, the row was restored from a
-- dump, and the transaction numbers in all watermarks mean nothing any more.
create table if not exists replication.offer (
    neighbour int primary key,
    seen uuid,
    offered uuid not null,
    xid bigint not null
);

-- Offers a new token to a neighbour, whose present one is `seen`.
create or replace function replication.make_offer(to_neighbour int, token_seen uuid)
    returns uuid
    language sql
    volatile
    set search_path = ''
begin atomic
    insert into replication.offer as o (neighbour, seen, offered, xid)
    values (
        to_neighbour,
        token_seen,
        gen_random_uuid(),
        pg_current_xact_id()::text::bigint
    )
    on conflict (neighbour) do update
        set seen = excluded.seen,
            offered = excluded.offered,
            xid = excluded.xid
    returning o.offered;
end;
comment on function replication.make_offer(int, uuid) is
    'writes a fresh token for a direction to the neighbour, and returns it';

-- Whether this database is still the one that made its offers: not copied, not restored.
create or replace function replication.is_original()
    returns boolean
    language sql
    stable
    set search_path = ''
begin atomic
    select (
            select s.database = d.oid
            from replication.self as s, pg_database as d
            where d.datname = current_database()
        )
        and not exists (
            select
            from replication.offer as o
            where o.xmin::text::bigint <> o.xid % 4294967296
        );
end;
comment on function replication.is_original() is
    'false where this database is a copy of another, or was restored from a dump';
