-- Carrying out what a neighbour did to its schema.

-- Carries out a statement of a neighbour's as it would have been read there.
--   role    who shall have made it; null: the present user
--
-- Another role's statement is executed by a function of that role's: in one that is SECURITY
-- DEFINER, nothing that the statement calls can take on the rights of the session again (SET ROLE
-- is refused).
create or replace function replication.carry_out(
    statement text,
    settings jsonb,
    role text default null
)
    returns void
    language plpgsql
    volatile
as $$
declare
    s record;
    former pg_catalog.jsonb := '{}';
begin
    perform replication.before_alter(statement, settings operator(pg_catalog.->>) 'search_path');
    if role is not null and role operator(pg_catalog.<>) current_user then
        execute pg_catalog.format(
            'create function pg_temp.trompe_ddl() returns void language plpgsql security definer as %L',
            pg_catalog.format('begin execute %L; end', statement));
        execute pg_catalog.format('alter function pg_temp.trompe_ddl() owner to %I', role);
    else
        role := null;
    end if;
    for s in
        select e.key as name, e.value
        from pg_catalog.jsonb_each_text(settings) as e
            join pg_catalog.pg_settings as p on p.name operator(pg_catalog.=) e.key
        order by e.key operator(pg_catalog.=) 'search_path'
    loop
        former := former operator(pg_catalog.||)
            pg_catalog.jsonb_build_object(s.name, pg_catalog.current_setting(s.name));
        perform pg_catalog.set_config(s.name, s.value, true);
    end loop;
    if role is null then
        execute statement;
    else
        perform pg_temp.trompe_ddl();
    end if;
    for s in select e.key as name, e.value from pg_catalog.jsonb_each_text(former) as e loop
        perform pg_catalog.set_config(s.name, s.value, true);
    end loop;
    if role is not null then
        execute 'drop function pg_temp.trompe_ddl()';
    end if;
end
$$;
comment on function replication.carry_out(text, jsonb, text) is
    'carries out a statement of a neighbour''s as it would have been read there';

-- The tables that have a new column of which each node makes other values for the rows that it has.
-- The registry does not know of the column yet.
create or replace function replication.made_tables()
    returns int[]
    language sql
    stable
    set search_path = ''
return array(
    select r.id
    from replication.relation as r
    where exists (
        select
        from pg_attribute as a
        where a.attrelid = r.relid
            and a.attnum > 0
            and not a.attisdropped
            and a.attname <> all (coalesce(r.columns, '{}'))
            and a.attgenerated = ''
            and not replication.is_constant(r.relid, a.attnum)
    )
);

-- After a neighbour's statement has made values here: logs the rows that the neighbour has not
-- seen. Its own values come with its rows, but for these rows ours go everywhere, also to where
-- they are from.
create or replace function replication.send_made_here(
    relations int[],
    acknowledged pg_snapshot,
    neighbour int
)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
begin
    for r in
        select l.*
        from replication.relation as l
        where l.id = any (relations)
    loop
        execute format(
            'insert into replication.log_%1$s (xid, changed_at, origin, via, action, %2$s)
            select distinct on (%3$s) pg_current_xact_id()::text::bigint, replication.made_at(),
                s.number, null::int, ''I''::"char", %3$s
            from replication.log_%1$s as l
                cross join replication.self as s
            where l.xid >= $1 and (l.xid >= $2 or l.xid = any ($3))
                and replication.is_for(l.via, $4)
                and exists (select from %4$s %5$s as t where %6$s)',
            r.id,
            (select string_agg('k' || k, ', ' order by k) from generate_subscripts(r.key, 1) as k),
            (select string_agg('l.k' || k, ', ' order by k) from generate_subscripts(r.key, 1) as k),
            case r.kind when 'i' then 'only' else '' end,
            r.relid,
            (select string_agg(format('t.%I %s l.k%s', k.name, k.equals, k.number), ' and ')
                from replication.key_columns(r.relid) as k))
        using coalesce(pg_snapshot_xmin(acknowledged)::text::bigint, 0),
            coalesce(pg_snapshot_xmax(acknowledged)::text::bigint, 0),
            array(select x::text::bigint from pg_snapshot_xip(acknowledged) as x),
            neighbour;
    end loop;
end
$$;
comment on function replication.send_made_here(int[], pg_snapshot, int) is
    'logs the rows for which a neighbour''s statement has made values here that it does not know';

-- Fills materialized views anew that came into being before the rows that they are made of.
create or replace function replication.refresh_views(objects jsonb[])
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v regclass;
begin
    for v in
        select c.oid
        from unnest(objects) as o (object)
            join pg_class as c on c.relname = o.object -> 'names' ->> 1
            join pg_namespace as n on n.oid = c.relnamespace
                and n.nspname = o.object -> 'names' ->> 0
        where c.relkind = 'm'
            and c.relispopulated
    loop
        execute format('refresh materialized view %s', v);
    end loop;
end
$$;

-- Lets a neighbour''s change of schema count as done here, without carrying it out.
create or replace function replication.skip_ddl(this_uid uuid)
    returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into replication.event (xid, changed_at, origin, via, kind, uid)
    select pg_current_xact_id()::text::bigint, replication.now(), s.number, 0, 'skipped', this_uid
    from replication.self as s
    on conflict (uid) do nothing;
    return found;
end
$$;
comment on function replication.skip_ddl(uuid) is
    'lets a change of schema from a neighbour count as done here, without carrying it out';
