-- The nodes that this one exchanges changes with, and how far each has come.

--   service       how an agent reaches the neighbour from here, where that is a service name
--   received      the watermark: the neighbour's snapshot up to which its log is applied here
--   received_token  the offer that came with that watermark
--   way_back      the snapshot of this database from which the first way back to the neighbour
--                 begins; noted by the first direction over a new edge
--   schema_from   the snapshot of this database at the time of the link: what the first direction
--       sends
--                 of changes of schema begins there, as the schemas were alike
--   was_tried     a direction with a large backlog has begun, and not ended
--   acknowledged  the snapshot of this database up to which the neighbour has applied our log
--   last_sync     when a direction from the neighbour last ended well here, changes or not
--   known_as      the identity by which the neighbour knew this node before it went back in time;
--                 where it is set, the edge waits for a rejoin, and is not synced before
--   is_behind     what the neighbour had not been sent by then, and that alone, is in the logs for
--                 it: all other rows here are as old as, or older than, the neighbour's
--   clock_skew    by how much the clock of the neighbour's server was ahead of this one's when it
--                 was last measured, at clock_measured_at; the truth is within clock_skew_error of
--                 it
--   clock_seen    this node's own time when they last exchanged something: should its clock be set
--                 back, its changes must not become older than what the neighbour has had from it
--   checked_state what replication.checked_state() was when a sync last found nothing wrong
--   checked_with  what it was at the neighbour then
--   is_clone      no node yet: a clone of this one is being made under the number
--   at_rest_before  where the next transaction that writes still has this number, nothing was written
--                 since a sync had nothing to do
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
    last_sync timestamptz,
    known_as uuid,
    is_behind boolean not null default false,
    clock_skew interval,
    clock_skew_error interval,
    clock_measured_at timestamptz,
    clock_seen timestamptz,
    schema_from pg_snapshot not null default pg_current_snapshot(),
    was_tried boolean not null default false,
    checked_state numeric,
    checked_with numeric,
    at_rest_before bigint,
    is_clone boolean not null default false
);
alter table replication.neighbour
    add column if not exists known_as uuid,
    add column if not exists is_behind boolean not null default false,
    add column if not exists clock_skew interval,
    add column if not exists clock_skew_error interval,
    add column if not exists clock_measured_at timestamptz,
    add column if not exists clock_seen timestamptz,
    add column if not exists schema_from pg_snapshot not null default pg_current_snapshot(),
    add column if not exists was_tried boolean not null default false,
    add column if not exists checked_state numeric,
    add column if not exists checked_with numeric,
    add column if not exists at_rest_before bigint,
    add column if not exists is_clone boolean not null default false;

-- Whether a log entry is for a neighbour, by the entry's `via`: null (made here) is for all, a
-- neighbour's number for all but that one, and a number below zero for that one neighbour alone: a
-- row that has to go over a new edge, and that the others have. 0 is for none: all have it.
create or replace function replication.is_for(via int, neighbour int)
    returns boolean
    language sql
    immutable
return via is null or via > 0 and via <> neighbour or via = -neighbour;
comment on function replication.is_for(int, int) is
    'whether a log entry with this via must be sent to the neighbour';

-- What this node as a source has offered each neighbour. A neighbour whose token is neither the one
-- last seen there nor the one last offered shows that one of the two went back in time. `xid` is
-- the transaction that wrote the row: where the row's own xmin is another, the row was restored
-- from a dump, and the transaction numbers in all watermarks mean nothing any more.
create table if not exists replication.offer (
    neighbour int primary key,
    seen uuid,
    offered uuid not null,
    xid bigint not null
);

-- The offers that went into files, which may be carried out at any time, in any order, or never: each
-- with what its file shows of this node. One goes as soon as the neighbour is known to have as much.
create table if not exists replication.file_offer (
    token uuid primary key,
    neighbour int not null,
    snapshot pg_snapshot not null,
    xid bigint not null,
    made_at timestamptz not null default now()
);

-- Offers a neighbour what a file will bring it. Also where nothing was offered before, the neighbour's
-- present token is known from then on: that it has none.
create or replace function replication.make_file_offer(
    to_neighbour int,
    new_token uuid,
    shown pg_snapshot
)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    update replication.neighbour
    set clock_seen = replication.keep_clock(clock_seen)
    where number = to_neighbour;
    insert into replication.offer (neighbour, seen, offered, xid)
    values (to_neighbour, null, new_token, pg_current_xact_id()::text::bigint)
    on conflict (neighbour) do nothing;
    insert into replication.file_offer (token, neighbour, snapshot, xid)
    values (new_token, to_neighbour, shown, pg_current_xact_id()::text::bigint);
end;
comment on function replication.make_file_offer(int, uuid, pg_snapshot) is
    'notes the token of a file for the neighbour, and what the file shows';

-- Offers a new token to a neighbour, whose present one is `seen`. `newest` is the time of the
-- newest change that is sent with it.
drop function if exists replication.make_offer(int, uuid);
create or replace function replication.make_offer(
    to_neighbour int,
    token_seen uuid,
    newest timestamptz default null
)
    returns uuid
    language sql
    volatile
    set search_path = ''
begin atomic
    update replication.neighbour
    set clock_seen = replication.keep_clock(greatest(clock_seen, newest))
    where number = to_neighbour;
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
comment on function replication.make_offer(int, uuid, timestamptz) is
    'writes a fresh token for a direction to the neighbour, and returns it';

-- Notes what a neighbour has of this node's log, and which offer came with that. The offer before
-- it is forgotten: a neighbour that shows it again has gone back in time, or is a copy. So are the
-- files that show no more: they bring it nothing. One that came by a file is behind the one that was
-- known to be there, and behind a later one that is not known to have arrived only if it is younger.
create or replace function replication.acknowledge(
    by_neighbour int,
    seen_up_to pg_snapshot,
    token uuid
)
    returns void
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    came_by_file bigint := (
        select f.xid
        from replication.file_offer as f
        where f.token = acknowledge.token
            and f.neighbour = by_neighbour
    );
begin
    update replication.neighbour
    set acknowledged = seen_up_to
    where number = by_neighbour
        and seen_up_to is not null;
    update replication.offer as o
    set seen = acknowledge.token,
        offered = case
            when o.offered is not distinct from o.seen or o.xid < came_by_file
                then acknowledge.token
            else o.offered
        end,
        xid = pg_current_xact_id()::text::bigint
    where o.neighbour = by_neighbour
        and (o.offered = acknowledge.token or came_by_file is not null)
        and o.seen is distinct from acknowledge.token;
    delete from replication.file_offer as f
    where f.neighbour = by_neighbour
        and replication.covers(seen_up_to, f.snapshot);
end
$$;
comment on function replication.acknowledge(int, pg_snapshot, uuid) is
    'notes what a neighbour has of this node''s log, and forgets the offer before that';

-- Two rows that are never changed, by which a database knows that it was not restored from a dump.
-- Each holds the number of the transaction that wrote it. One was written in a nested transaction,
-- so that its xmin must be another number, and the other one's must be the same: a restore writes
-- both with one COPY, which cannot be true of both, whatever numbers the new server has reached.
create table if not exists replication.birthmark (
    is_nested boolean primary key,
    xid bigint not null
);

-- Makes these rows anew.
create or replace function replication.make_birthmark()
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    this_xid bigint := pg_current_xact_id()::text::bigint;
begin
    delete from replication.birthmark;
    insert into replication.birthmark (is_nested, xid)
    values (false, this_xid);
    begin
        insert into replication.birthmark (is_nested, xid)
        values (true, this_xid);
    exception when division_by_zero then
        -- Never: the block is there for its nested transaction.
        raise;
    end;
end
$$;
comment on function replication.make_birthmark() is
    'makes this database know itself: see replication.is_restored';

-- Whether the rows of this schema were written by others than the transactions that they name.
create or replace function replication.is_restored()
    returns boolean
    language sql
    stable
    set search_path = ''
begin atomic
    select exists (
            select
            from replication.offer as o
            where o.xmin::text::bigint <> o.xid % 4294967296
        )
        or exists (
            select
            from replication.birthmark as m
            where (m.xmin::text::bigint <> m.xid % 4294967296) <> m.is_nested
        );
end;
comment on function replication.is_restored() is
    'whether this database came out of a dump';

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
        and not replication.is_restored();
end;
comment on function replication.is_original() is
    'false where this database is a copy of another, or was restored from a dump';
