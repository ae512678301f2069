-- What a neighbour's change of schema takes away here, and the neighbour has not seen, is kept.

-- Before a neighbour''s statement drops a table, a column or a row''s form: keeps what this node
-- changed in the table and the neighbour has not seen, as losers of a conflict. Returns how many
-- rows.
--   part   the partition that goes, where it is not the whole table
create or replace function replication.keep_rows(
    this_table regclass,
    part regclass,
    acknowledged pg_snapshot,
    neighbour int,
    winner_origin int,
    winner_changed_at timestamptz
)
    returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
    history replication.relation;
    names text[];
    is_row text;
    kept bigint;
begin
    select * into r from replication.relation where relid = this_table;
    select * into strict history
    from replication.relation
    where relid = 'replication.conflict'::regclass;
    if r.id is null then
        return 0;
    end if;
    -- The log is as the key was before the neighbour's first statement; its columns may have other
    -- names by now, or types, or be no key any more.
    select array_agg(format('%I', a.attname) order by n.place),
        string_agg(
            case when k.type is null then format('t.%I::text = l.k%s::text', a.attname, n.place)
                else format('t.%I %s l.k%s', a.attname, k.equals, n.place) end, ' and ')
    into names, is_row
    from unnest(r.key_numbers) with ordinality as n (attnum, place)
        join pg_attribute as a on a.attrelid = r.relid
            and a.attnum = n.attnum
            and not a.attisdropped
        join pg_attribute as l on l.attrelid = format('replication.log_%s', r.id)::regclass
            and l.attname = 'k' || n.place
        left join replication.key_columns(r.relid) as k on k.number = n.place
            and k.name = a.attname
            and a.atttypid = l.atttypid;
    if cardinality(names) is distinct from cardinality(r.key) then
        return 0;
    end if;
    execute format(
        'with lost as (
            select distinct on (%1$s) l.changed_at, l.origin, row_to_json(t.*) as row,
                json_build_object(%2$s) as key
            from replication.log_%3$s as l
                join %4$s %5$s as t on %6$s
            where l.xid >= $1 and (l.xid >= $2 or l.xid = any ($3))
                and replication.is_for(l.via, $4)
            order by %1$s, l.changed_at desc, l.origin desc
        ), recorded as (
            insert into replication.conflict (decided_at, decided_by, tablename, policy, key,
                winner_origin, winner_changed_at, winner, loser_origin, loser_changed_at, loser)
            select replication.now(), s.number, %7$L, ''schema'', k.key, $5, $6, null, k.origin,
                k.changed_at, k.row
            from lost as k
                cross join replication.self as s
            returning id, loser
        ), kept as (
            insert into replication.kept_object (conflict, column_name, lo)
            select c.id, o.name, replication.object_number((c.loser ->> o.name)::bigint)
            from recorded as c
                cross join replication.object_columns(%9$s) as o
            where replication.object_number((c.loser ->> o.name)::bigint) is not null
        )
        insert into replication.log_%8$s (xid, changed_at, origin, via, action, k1)
        select pg_current_xact_id()::text::bigint, replication.now(), s.number, null, ''I'', c.id
        from recorded as c
            cross join replication.self as s',
        (select string_agg('l.k' || k, ', ' order by k) from generate_subscripts(r.key, 1) as k),
        (select string_agg(format('%L, t.%s', k.name, names[k.number]), ', ' order by k.number)
            from unnest(r.key) with ordinality as k (name, number)),
        r.id,
        case r.kind when 'i' then 'only' else '' end,
        coalesce(part, r.relid),
        is_row,
        replication.full_name(r.relid),
        history.id,
        r.relid::oid)
    using coalesce(pg_snapshot_xmin(acknowledged)::text::bigint, 0),
        coalesce(pg_snapshot_xmax(acknowledged)::text::bigint, 0),
        array(select x::text::bigint from pg_snapshot_xip(acknowledged) as x),
        neighbour, winner_origin, winner_changed_at;
    get diagnostics kept = row_count;
    return kept;
end
$$;
comment on function replication.keep_rows(regclass, regclass, pg_snapshot, int, int, timestamptz) is
    'keeps rows that a neighbour has not seen in the history, before its change of schema takes them';

-- Whether a statement about an object takes away rows of a table, or a column of it.
--   is_drop   it is a DROP: the object vanishes
create or replace function replication.takes_rows(
    object jsonb,
    is_drop boolean,
    statement text,
    this_table oid
)
    returns boolean
    language sql
    stable
    set search_path = ''
begin atomic
    select case
            when is_drop then object ->> 'type' = 'schema' and object -> 'names' ->> 0 = n.nspname
                or object ->> 'type' in ('table', 'table column')
                and object -> 'names' ->> 0 = n.nspname
                and object -> 'names' ->> 1 = c.relname
            -- Where the table had no key any more, its origin did not know what columns it had.
            else object ->> 'type' in ('table column', 'table')
                and object -> 'names' ->> 0 = n.nspname
                and object -> 'names' ->> 1 = c.relname
                and exists (
                    select
                    from replication.next_statement(statement, 1) as s
                        cross join unnest(s.words) with ordinality as w (word, number)
                    where w.word = 'drop'
                        and s.words[w.number + 1] <> 'constraint'
                        and replication.columns_of(c.oid) && array[
                            s.words[w.number + 1],
                            case when s.words[w.number + 1] = 'column' then s.words[w.number + 2] end,
                            case when s.words[w.number + 1] = 'if' then s.words[w.number + 3] end,
                            case when s.words[w.number + 2] = 'if' then s.words[w.number + 4] end]
                )
        end
    from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
    where c.oid = this_table;
end;

-- Before a neighbour''s statement gives the rows of a table other keys, and sends them all: keeps
-- in the history what this node changed and the neighbour has not seen, and empties the table and
-- its log.
create or replace function replication.make_room(
    object jsonb,
    acknowledged pg_snapshot,
    neighbour int,
    winner_origin int,
    winner_changed_at timestamptz
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
            join pg_class as c on c.oid = l.relid
            join pg_namespace as n on n.oid = c.relnamespace
        where object ->> 'type' = 'keys'
            and object -> 'names' = jsonb_build_array(n.nspname, c.relname)
    loop
        perform replication.keep_rows(r.relid, null, acknowledged, neighbour, winner_origin,
            winner_changed_at);
        perform replication.loosen_objects(r.relid);
        execute format('delete from %s %s', case r.kind when 'i' then 'only' else '' end, r.relid);
        execute format('delete from replication.log_%s', r.id);
    end loop;
end
$$;
comment on function replication.make_room(jsonb, pg_snapshot, int, int, timestamptz) is
    'empties a table whose rows get other keys, and are all sent; what is unseen goes into the history';
