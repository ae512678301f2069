-- Since when all neighbours have what: the time for which log entries are kept begins then.

-- A moment, what all neighbours had by then of this node's log, and what had been committed here.
create table if not exists replication.horizon (
    at timestamptz not null default clock_timestamp(),
    everybody_has pg_snapshot not null,
    present pg_snapshot not null default pg_current_snapshot()
);
-- For a publication of all tables, which else would forbid to delete from it.
alter table replication.horizon replica identity full;

-- What two snapshots of this node both show.
create or replace function replication.both_show(one pg_snapshot, other pg_snapshot)
    returns pg_snapshot
    language sql
    immutable
    strict
    set search_path = ''
begin atomic
    select format('%s:%s:%s', least(m.next, min(r.xid)), m.next,
        string_agg(r.xid::text, ',' order by r.xid))::pg_snapshot
    from (
            select least(pg_snapshot_xmax(one), pg_snapshot_xmax(other)) as next
        ) as m
        left join lateral (
            select x.xid
            from pg_snapshot_xip(one) as x (xid)
            union
            select x.xid
            from pg_snapshot_xip(other) as x (xid)
        ) as r on r.xid < m.next
    group by m.next;
end;
comment on function replication.both_show(pg_snapshot, pg_snapshot) is
    'what two snapshots of one node both show';

-- Whether a snapshot shows all that another one of the same node shows.
create or replace function replication.covers(one pg_snapshot, other pg_snapshot)
    returns boolean
    language sql
    immutable
    strict
    set search_path = ''
begin atomic
    select pg_snapshot_xmax(one) >= pg_snapshot_xmax(other)
        and not exists (
            select
            from pg_snapshot_xip(one) as x (xid)
            where pg_visible_in_snapshot(x.xid, other)
        );
end;
comment on function replication.covers(pg_snapshot, pg_snapshot) is
    'whether a snapshot shows all that another one of the same node shows';

-- The newest moment since when self.keep has gone by. The time stands still while a neighbour is away: how
-- the two came to be apart is to be known for as long as that lasts.
create or replace function replication.old_horizon()
    returns replication.horizon
    language sql
    stable
    set search_path = ''
begin atomic
    select h.*
    from replication.horizon as h
        cross join replication.self as s
    where h.at <= clock_timestamp() - s.keep
        and (
            s.keep <= '0'
            or h.at <= (select min(n.last_sync) from replication.neighbour as n) - s.keep
        )
    order by h.at desc
    limit 1;
end;
comment on function replication.old_horizon() is
    'what all neighbours have had for self.keep';

-- Notes what all neighbours have now. Returns what they have had for self.keep; null where that is not
-- known.
create or replace function replication.note_horizon()
    returns pg_snapshot
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    n record;
    everybody_has pg_snapshot;
    old replication.horizon;
begin
    for n in
        select k.acknowledged
        from replication.neighbour as k
    loop
        if n.acknowledged is null then
            return null;
        end if;
        everybody_has := coalesce(
            replication.both_show(everybody_has, n.acknowledged), n.acknowledged);
    end loop;
    insert into replication.horizon (everybody_has)
    values (everybody_has);
    select * into old
    from replication.old_horizon();
    delete from replication.horizon
    where at < old.at;
    -- A neighbour may have come since, or have begun anew.
    return replication.both_show(old.everybody_has, everybody_has);
end
$$;
comment on function replication.note_horizon() is
    'notes what all neighbours have, and returns what they have had for self.keep';
