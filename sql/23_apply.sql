-- Carrying out what a neighbour did to its schema.

-- What an object is, owner and comment included, in words that are the same on every node for equal
-- objects. Null where it is not there; of a kind that this function does not know, never the same.
create or replace function replication.definition_of(object jsonb)
    returns text
    language plpgsql
    stable
    set search_path = ''
as $$
declare
    a record;
begin
    if object ->> 'type' = 'rights' then
        return gen_random_uuid()::text;
    end if;
    begin
        select * into a
        from pg_get_object_address(
            object ->> 'type',
            array(select n from jsonb_array_elements_text(object -> 'names') as n),
            array(select n from jsonb_array_elements_text(object -> 'args') as n));
    exception
        when others then
            return null;
    end;
    return case a.classid
        when 'pg_class'::regclass then replication.definition_of_relation(a.objid, a.objsubid)
        when 'pg_proc'::regclass then (
            select case p.prokind when 'a' then gen_random_uuid()::text
                else pg_get_functiondef(p.oid) || ' owner ' || p.proowner::regrole::text end
            from pg_proc as p
            where p.oid = a.objid)
        when 'pg_type'::regclass then replication.definition_of_type(a.objid)
        when 'pg_constraint'::regclass then pg_get_constraintdef(a.objid)
        when 'pg_trigger'::regclass then (
            select pg_get_triggerdef(t.oid) || t.tgenabled::text from pg_trigger as t where t.oid = a.objid)
        when 'pg_rewrite'::regclass then pg_get_ruledef(a.objid)
        when 'pg_policy'::regclass then (
            select concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
                pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
            from pg_policy as p
            where p.oid = a.objid)
        when 'pg_namespace'::regclass then (
            select 'schema of ' || n.nspowner::regrole::text from pg_namespace as n where n.oid = a.objid)
        when 'pg_extension'::regclass then (
            select concat_ws(' ', e.extversion, e.extnamespace::regnamespace)
            from pg_extension as e
            where e.oid = a.objid)
        else gen_random_uuid()::text
    end || coalesce(' comment ' || case a.objsubid
        when 0 then obj_description(a.objid, a.classid::regclass::name)
        else col_description(a.objid, a.objsubid)
    end, '');
end
$$;
comment on function replication.definition_of(jsonb) is
    'what an object of the schema is, in words that are the same on every node; null: not there';

create or replace function replication.definition_of_column(this_table oid, column_number int)
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
        (select format('%I.%I', n.nspname, l.collname)
            from pg_collation as l
                join pg_namespace as n on n.oid = l.collnamespace
            where l.oid = a.attcollation),
        case when a.attnotnull then 'not null' end,
        a.attidentity, a.attgenerated, a.attstorage,
        pg_get_expr(d.adbin, d.adrelid), a.attacl::text)
    from pg_attribute as a
        left join pg_attrdef as d on d.adrelid = a.attrelid
            and d.adnum = a.attnum
    where a.attrelid = this_table
        and a.attnum = column_number
        and not a.attisdropped;
end;

create or replace function replication.definition_of_relation(this_table oid, column_number int)
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select case
            when column_number > 0 then replication.definition_of_column(c.oid, column_number)
            when c.relkind in ('i', 'I') then pg_get_indexdef(c.oid)
            when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid)
            -- Increment and start are another one on each node.
            when c.relkind = 'S' then (
                select concat_ws(' ', 'sequence', format_type(s.seqtypid, null), s.seqcycle)
                from pg_sequence as s
                where s.seqrelid = c.oid)
            else concat_ws(E'\n', 'table ' || c.relkind::text || c.relpersistence::text,
                pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
                (select string_agg(replication.definition_of_column(c.oid, a.attnum), ', '
                        order by a.attname)
                    from pg_attribute as a
                    where a.attrelid = c.oid
                        and a.attnum > 0
                        and not a.attisdropped),
                (select string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ', '
                        order by k.conname)
                    from pg_constraint as k
                    where k.conrelid = c.oid
                        and k.contype <> 'n'))
        end || case when column_number > 0 then '' else concat_ws(' ', ' of', c.relowner::regrole,
            c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text, c.relacl::text) end
    from pg_class as c
    where c.oid = this_table;
end;

create or replace function replication.definition_of_type(type_oid oid)
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select concat_ws(' ', t.typtype, t.typowner::regrole,
        (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
            from pg_enum as e
            where e.enumtypid = t.oid),
        case when t.typtype = 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
            t.typnotnull, t.typdefault) end,
        (select string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ', ' order by k.conname)
            from pg_constraint as k
            where k.contypid = t.oid),
        (select string_agg(replication.definition_of_column(t.typrelid, a.attnum), ', '
                order by a.attnum)
            from pg_attribute as a
            where a.attrelid = t.typrelid
                and a.attnum > 0
                and not a.attisdropped))
    from pg_type as t
    where t.oid = type_oid;
end;

-- Carries out a statement of a neighbour's as it would have been read there.
--   role    who shall have made it; null: the present user
--
-- Another role's statement is executed by a function of that role's: in one that is SECURITY DEFINER,
-- nothing that the statement calls can take on the rights of the session again (SET ROLE is refused).
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

-- Before a neighbour''s statement drops a table, a column or a row''s form: keeps what this node
-- changed in the table and the neighbour has not seen, as losers of a conflict. Returns how many rows.
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
    set search_path = ''
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
            returning id
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
        history.id)
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

-- The tables that have a new column of which each node makes other values for the rows that it has. The
-- registry does not know of the column yet.
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

-- After a neighbour's statement has made values here: logs the rows that the neighbour has not seen.
-- Its own values come with its rows, but for these rows ours go everywhere, also to where they are
-- from.
create or replace function replication.send_made_here(
    relations int[],
    acknowledged pg_snapshot,
    neighbour int
)
    returns void
    language plpgsql
    set search_path = ''
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

-- Before a neighbour''s statement gives the rows of a table other keys, and sends them all: keeps in the
-- history what this node changed and the neighbour has not seen, and empties the table and its log.
create or replace function replication.make_room(
    object jsonb,
    acknowledged pg_snapshot,
    neighbour int,
    winner_origin int,
    winner_changed_at timestamptz
)
    returns void
    language plpgsql
    set search_path = ''
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
        execute format('delete from %s %s', case r.kind when 'i' then 'only' else '' end, r.relid);
        execute format('delete from replication.log_%s', r.id);
    end loop;
end
$$;
comment on function replication.make_room(jsonb, pg_snapshot, int, int, timestamptz) is
    'empties a table whose rows get other keys, and are all sent; what is unseen goes into the history';

-- Fills materialized views anew that came into being before the rows that they are made of.
create or replace function replication.refresh_views(objects jsonb[])
    returns void
    language plpgsql
    set search_path = ''
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
    set search_path = ''
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

-- The changes of schema that this node knows of, for people.
create or replace view replication.schema_change as
select uid, changed_at, origin, case when via > 0 then via end as via, kind, tag, role, statement
from replication.event
where kind in ('ddl', 'lost', 'skipped')
order by id;
comment on view replication.schema_change is
    'the changes of schema that this node knows of, in their order';

-- How many changes of schema wait to be sent to a neighbour.
create or replace function replication.pending_ddl(to_neighbour int)
    returns bigint
    language sql
    stable
    set search_path = ''
begin atomic
    select count(*)
    from replication.event as e
        join replication.neighbour as n on n.number = to_neighbour
    where e.kind in ('ddl', 'lost')
        and replication.is_for(e.via, to_neighbour)
        and not pg_visible_in_snapshot(e.xid::text::xid8, coalesce(n.acknowledged, n.schema_from));
end;
comment on function replication.pending_ddl(int) is
    'how many changes of schema wait to be sent to a neighbour, as far as this node knows';
