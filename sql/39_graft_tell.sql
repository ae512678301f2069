-- What the two sides of a graft must be told beyond what is pending (see 38_graft.sql).

-- The keys that the two sides' logs name differently, and of which this one has nothing to send: with a
-- digest of the row, null where there is none.
create or replace function replication.doubt_graft(other int, seen pg_snapshot)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set work_mem = '64MB'
as $$
declare
    r replication.relation;
    row_text text;
    same_key text;
begin
    for r in
        select *
        from replication.relation as x
        -- What is pruned is gone from one node alone, and the tree is made anew.
        where x.relid <> all (array['replication.conflict'::regclass, 'replication.member'::regclass,
            'replication.edge'::regclass])
        order by id
    loop
        select string_agg(format('t.%I', a.attname), ', ' order by a.attname)
        into row_text
        from pg_attribute as a
        where a.attrelid = r.relid
            and a.attnum > 0
            and not a.attisdropped
            and a.attgenerated = '';
        select string_agg(format('t.%I %s l.k%s', c.name, c.equals, c.number), ' and '
            order by c.number)
        into same_key
        from replication.key_columns(r.relid) as c;
        execute format(
            'insert into pg_temp.graft_doubt
            select %1$L, d.key, (select md5(row(%2$s)::text) from %3$s %4$s as t where %5$s)
            from (
                select coalesce(m.key, h.key) as key
                from (
                        select distinct on (n.key) n.key, n.changed_at, n.origin
                        from pg_temp.graft_name as n
                        where n.tablename = %1$L and not n.is_met
                        order by n.key, n.changed_at desc, n.origin desc
                    ) as m
                    full join (
                        select distinct on (n.key) n.key, n.changed_at, n.origin
                        from pg_temp.graft_theirs as n
                        where n.tablename = %1$L and not n.is_met
                        order by n.key, n.changed_at desc, n.origin desc
                    ) as h on h.key = m.key
                where (m.changed_at, m.origin) is distinct from (h.changed_at, h.origin)
                    -- A row made of two has the name of one of them, and what no user did has none.
                    or $2
                    or not isfinite(m.changed_at)
                    or m.changed_at <= replication.made_at()
                except
                select %6$s
                from replication.log_%7$s as l
                where %8$s
                    and replication.is_for(l.via, $1)
            ) as d
                -- By the functions of the types: a cast could be one of a user.
                cross join lateral json_populate_record(null::replication.log_%7$s,
                    json_object(%9$L::text[], d.key)) as l',
            replication.graft_table(r.relid), row_text, case r.kind when 'i' then 'only' else '' end,
            r.relid, same_key, replication.graft_key(r.id), r.id, replication.graft_unseen(seen),
            array(select 'k' || g from generate_subscripts(r.key, 1) as g order by g))
        using other, r.by_columns;
    end loop;
end
$$;
comment on function replication.doubt_graft(int, pg_snapshot) is
    'finds the keys of which the two sides of a graft may have different rows, and nothing to send';

-- Sees to it that rows which differ without anything to send are sent. A delete of a row that was not here
-- has left no entry: where the other side has the row that this one never had, it is told. Returns how many.
create or replace function replication.tell_graft(other int)
    returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    me int := (select s.number from replication.self as s);
    r replication.relation;
    part bigint;
    total bigint := 0;
begin
    for r in
        select x.*
        from replication.relation as x
        where exists (
            select
            from pg_temp.graft_doubt as d
            where d.tablename = replication.graft_table(x.relid)
        )
        order by x.id
    loop
        execute format(
            'insert into replication.log_%1$s (xid, changed_at, origin, via, action, %2$s)
            select pg_current_xact_id()::text::bigint,
                coalesce(mine.changed_at, theirs.changed_at + interval ''1 microsecond''),
                coalesce(mine.origin, $2), -$1,
                case when d.digest is null then ''D'' else ''U'' end::"char", %3$s
            from pg_temp.graft_doubt as d
                join pg_temp.graft_their_doubt as h on h.tablename = d.tablename
                    and h.key = d.key
                    and h.digest is distinct from d.digest
                cross join lateral json_populate_record(null::replication.log_%1$s,
                    json_object(%5$L::text[], d.key)) as l
                left join lateral (
                    select n.changed_at, n.origin
                    from pg_temp.graft_name as n
                    where n.tablename = d.tablename and n.key = d.key and not n.is_met
                    order by n.changed_at desc, n.origin desc
                    limit 1
                ) as mine on true
                left join lateral (
                    select n.changed_at
                    from pg_temp.graft_theirs as n
                    where n.tablename = d.tablename and n.key = d.key and not n.is_met
                    order by n.changed_at desc, n.origin desc
                    limit 1
                ) as theirs on true
            where d.tablename = %4$L
                -- The side that never had the row tells; the other one keeps still.
                and case
                    when mine.changed_at is null then d.digest is null and theirs.changed_at is not null
                    else theirs.changed_at is not null or h.digest is not null
                end',
            r.id,
            (select string_agg('k' || g, ', ' order by g) from generate_subscripts(r.key, 1) as g),
            (select string_agg('l.k' || g, ', ' order by g) from generate_subscripts(r.key, 1) as g),
            replication.graft_table(r.relid),
            array(select 'k' || g from generate_subscripts(r.key, 1) as g order by g))
        using other, me;
        get diagnostics part = row_count;
        total := total + part;
    end loop;
    return total;
end
$$;
comment on function replication.tell_graft(int) is
    'logs for the other side of a graft what it cannot know';
