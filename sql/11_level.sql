-- What a node knows of its neighbours' neighbours: by it two of them find out what they have of each
-- other's changes when the node between them dies (38_graft.sql).

-- How far this node was level with a neighbour: a row for each direction from it that moved the watermark.
--   xid           this node's transaction
--   identity      which installation the neighbour was
--   received      the neighbour's snapshot that was applied here
--   acknowledged  what the neighbour had applied of this node's log in that snapshot
--   beyond        and of the logs of its other neighbours: by number, their identity and snapshot
create table if not exists replication.level (
    neighbour int not null,
    xid bigint not null,
    at timestamptz not null default clock_timestamp(),
    identity uuid not null,
    received pg_snapshot not null,
    acknowledged pg_snapshot,
    beyond jsonb not null,
    primary key (neighbour, xid)
);
comment on table replication.level is
    'how far this node was level with each neighbour, and the neighbour with its other neighbours';

-- The versions that this node has seen and that its logs do not hold: they lost against another one here.
create table if not exists replication.met (
    relation int not null references replication.relation (id) on delete cascade,
    key text[] not null,
    changed_at timestamptz not null,
    origin int not null,
    xid bigint not null
);
-- For a publication of all tables, which else would forbid to delete from it.
alter table replication.met replica identity full;
comment on table replication.met is
    'versions of rows that this node has seen, and that its logs do not hold';

-- What this node has applied of the logs of its neighbours but one, which is about to be told.
create or replace function replication.beyond(this_neighbour int)
    returns jsonb
    language sql
    stable
    set search_path = ''
begin atomic
    select coalesce(
        jsonb_object_agg(
            n.number,
            jsonb_build_object('identity', n.identity, 'received', n.received::text)),
        '{}')
    from replication.neighbour as n
    where n.number <> this_neighbour
        and n.received is not null
        and n.acknowledged is not null
        and n.known_as is null
        and not n.is_clone
        -- Of what waits here, its watermark says that it is applied.
        and not exists (
            select
            from replication.quarantine as q
            where q.neighbour = n.number
        );
end;
comment on function replication.beyond(int) is
    'what this node has applied of the logs of its other neighbours';

-- Forgets levels that are too old, or close together: the newest 24th part of self.keep stays whole. Age
-- is reckoned from a neighbour's newest one: if it died, they stay until another one takes its place.
create or replace function replication.thin_levels()
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    with aged as (
        select l.neighbour, l.xid,
            max(l.at) over of_neighbour - l.at as age,
            row_number() over (
                partition by l.neighbour,
                    floor(extract(epoch from l.at) / extract(epoch from t.step))
                order by l.xid desc
            ) as place,
            t.step, t.keep
        from replication.level as l
            cross join (
                select greatest(s.keep / 24, '1 minute') as step,
                    greatest(s.keep, '1 hour') as keep
                from replication.self as s
            ) as t
        window of_neighbour as (partition by l.neighbour)
    )
    delete from replication.level as l
    using aged as a
    where l.neighbour = a.neighbour
        and l.xid = a.xid
        and (a.age > a.keep or a.age > a.step and a.place > 1);
end;
comment on function replication.thin_levels() is
    'forgets levels that are too old, or close to others';
