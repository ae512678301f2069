-- All logs in one, for people.

-- The entries of all logs. The action: I, U and D for a row inserted, updated and deleted, T for a
-- truncated table, S for a change of schema.
create or replace function replication.log_entries()
    returns table (
        xid bigint,
        changed_at timestamptz,
        origin int,
        via int,
        action "char",
        tablename text,
        key json
    )
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
begin
    for r in
        select *
        from replication.relation
        order by id
    loop
        return query execute format(
            'select l.xid, l.changed_at, l.origin, l.via, l.action, %L, json_build_object(%s)'
            ' from replication.log_%s as l',
            r.relid::regclass,
            (
                select string_agg(format('%L, l.k%s', k.name, k.number), ', ' order by k.number)
                from unnest(r.key) with ordinality as k (name, number)
            ),
            r.id
        );
    end loop;
    return query
        select e.xid, e.changed_at, e.origin, e.via, 'T'::"char", r2.relid::text, null::json
        from replication.event as e
            join replication.relation as r2 on r2.id = e.relation;
    return query
        select e.xid, e.changed_at, e.origin, e.via, 'S'::"char", null::text,
            json_build_object('uid', e.uid, 'statement', e.statement)
        from replication.event as e
        where e.kind in ('ddl', 'lost');
end
$$;

create or replace view replication.log as
select
    origin,
    tablename,
    action,
    key,
    case when via > 0 then via end as via,
    changed_at,
    xid
from replication.log_entries();
comment on view replication.log is
    'every logged change: made on node origin, arrived through the neighbour via (null: made here)';

-- For each replicated table, whether its log holds entries that the watermark does not show, and
-- whether some of them must be sent to the neighbour (its own ones need not). Without a watermark
-- all of them.
create or replace function replication.pending(watermark pg_snapshot, neighbour int)
    returns table (relation int, sendable boolean)
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    -- A log that was never analyzed would be read whole.
    set enable_seqscan = off
as $$
declare
    lowest bigint := coalesce(pg_snapshot_xmin(watermark)::text::bigint, 0);
    next bigint := coalesce(pg_snapshot_xmax(watermark)::text::bigint, 0);
    running bigint[] := array(select x::text::bigint from pg_snapshot_xip(watermark) as x);
    r int;
    found_one boolean;
begin
    for r in
        select id
        from replication.relation
        order by id
    loop
        -- Most tables of a large database have not changed for long, and their logs are empty.
        continue when pg_relation_size(format('replication.log_%s', r)::regclass) = 0;
        execute format(
            'select exists (
                select from replication.log_%s
                where xid >= $1 and (xid >= $2 or xid = any ($3)))', r)
        into found_one
        using lowest, next, running;
        continue when not found_one;
        relation := r;
        execute format(
            'select exists (
                select from replication.log_%s
                where xid >= $1 and (xid >= $2 or xid = any ($3))
                    and replication.is_for(via, $4))', r)
        into sendable
        using lowest, next, running, neighbour;
        sendable := sendable and not replication.is_excluded(r, neighbour);
        return next;
    end loop;
end
$$;
comment on function replication.pending(pg_snapshot, int) is
    'the tables whose logs hold entries that the watermark does not show';

-- How many keys wait to be sent to a neighbour that has applied this node's log up to `seen`; null: up
-- to what is known of it here. Over a new edge, all rows are. At most so many entries, or rows, are read:
-- where there are more, `is_all` is false, and there are no fewer keys than that.
drop function if exists replication.pending_rows(int);
create or replace function replication.count_pending(
    to_neighbour int,
    seen pg_snapshot default null,
    at_most bigint default 1000000,
    out pending bigint,
    out is_all boolean
)
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    -- A log that was never analyzed would be read whole.
    set enable_seqscan = off
as $$
declare
    n replication.neighbour;
    r replication.relation;
    is_new boolean;
    keys bigint;
    entries bigint;
begin
    select * into strict n
    from replication.neighbour
    where number = to_neighbour;
    seen := coalesce(seen, n.acknowledged, n.way_back);
    is_new := seen is null and n.received is null;
    if is_new then
        -- It is rows that are counted, for which an index would take longer.
        perform set_config('enable_seqscan', 'on', true);
    end if;
    pending := 0;
    is_all := true;
    for r in
        select x.*
        from replication.relation as x
            join pg_class as c on c.oid = x.relid
        where c.relnamespace <> 'replication'::regnamespace
        order by x.id
    loop
        -- Most tables of a large database have not changed for long, and their logs are empty.
        continue when not is_new
            and pg_relation_size(format('replication.log_%s', r.id)::regclass) = 0;
        continue when replication.is_excluded(r.id, to_neighbour);
        execute case
            when is_new then format(
                'select count(*), count(*) from (select from %s %s limit $5) as t',
                case r.kind when 'i' then 'only' else '' end, r.relid)
            else format(
                'select count(*), coalesce(sum(l.entries), 0)::bigint from (
                    select count(*) as entries
                    from (
                        select *
                        from replication.log_%s
                        where xid >= $1 and (xid >= $2 or xid = any ($3))
                            and replication.is_for(via, $4)
                        limit $5
                    ) as e
                    group by %s) as l',
                r.id,
                (select string_agg('e.k' || k, ', ') from generate_subscripts(r.key, 1) as k))
        end
        into keys, entries
        using coalesce(pg_snapshot_xmin(seen)::text::bigint, 0),
            coalesce(pg_snapshot_xmax(seen)::text::bigint, 0),
            array(select x::text::bigint from pg_snapshot_xip(seen) as x),
            to_neighbour,
            at_most + 1;
        pending := pending + keys;
        at_most := at_most - entries;
        if at_most < 0 then
            is_all := false;
            return;
        end if;
    end loop;
end
$$;
comment on function replication.count_pending(int, pg_snapshot, bigint) is
    'how many rows wait to be sent to a neighbour, as far as this node knows, or up to a bound';
