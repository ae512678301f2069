-- The key of a replicated table follows the schema: other columns name its rows, or other types.

-- Whether every row of a table has the same value in a new column, whatever the node: it has no
-- default, or one that is a plain constant.
create or replace function replication.is_constant(this_table oid, column_number int2)
    returns boolean
    language sql
    stable
    set search_path = ''
return (
    select a.attidentity = ''
        and coalesce(
            pg_get_expr(d.adbin, d.adrelid, true)
                ~ '^(?:NULL|true|false|\(?-?[0-9.]+\)?|''(?:[^'']|'''')*'')(?:::[^()'']+(?:\([0-9,]+\))?)?$',
            true)
    from pg_attribute as a
        left join pg_attrdef as d on d.adrelid = a.attrelid
            and d.adnum = a.attnum
            and a.attgenerated = ''
    where a.attrelid = this_table
        and a.attnum = column_number
);

-- The time of what a statement made of rows, and no user wrote: it is older than any other change,
-- so nothing loses against it; and what loses against others is no conflict.
create or replace function replication.made_at()
    returns timestamptz
    language sql
    immutable
    set search_path = ''
return '0001-01-01 00:00:00+00 BC'::timestamptz;

-- Sends all rows of a table anew, and tells the neighbours that it has no others: for when the log
-- cannot say what was deleted. Where an agent carries a change out, the origin's rows and deletes come
-- before those of the node.
create or replace function replication.send_whole(relation_id int)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    made timestamptz := replication.made_at() - case current_setting('session_replication_role')
        when 'replica' then interval '1 year' else interval '0' end;
begin
    insert into replication.event (xid, changed_at, origin, kind, relation)
    select pg_current_xact_id()::text::bigint, made, s.number, 'truncate', relation_id
    from replication.self as s;
    perform replication.log_all(relation_id, changed_at => made);
end
$$;

-- Whether the same columns name a table's rows as when its capture was last made, of the types that
-- its log has.
create or replace function replication.has_same_key(r replication.relation)
    returns boolean
    language sql
    stable
    set search_path = ''
begin atomic
    select (r.key_numbers is null or r.key_numbers = replication.key_numbers(r.relid))
        and array(
            select format_type(a.atttypid, a.atttypmod) || ' ' || a.attcollation
            from pg_attribute as a
            where a.attrelid = format('replication.log_%s', r.id)::regclass
                and a.attname ~ '^k[0-9]+$'
            order by a.attnum
        ) = array(
            select b.type || ' ' || a.attcollation
            from unnest(replication.key_numbers(r.relid)) with ordinality as n (attnum, place)
                join pg_attribute as a on a.attrelid = r.relid
                    and a.attnum = n.attnum
                cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b
            order by n.place
        );
end;

-- Whether the rows of a table have keys now that the other nodes do not know them by: in a column
-- that some neighbour has not heard of, or whose values each node makes otherwise. Only the node on
-- which that was done can say; on others it is carried out by agents.
create or replace function replication.is_key_new(r replication.relation, numbers int2[])
    returns boolean
    language sql
    stable
    set search_path = ''
begin atomic
    select current_setting('session_replication_role') <> 'replica'
        and exists (
            select
            from unnest(numbers) as n (attnum)
                join pg_attribute as a on a.attrelid = r.relid
                    and a.attnum = n.attnum
            where n.attnum <> all (coalesce(r.key_numbers, numbers))
                and (
                    not replication.is_constant(r.relid, n.attnum)
                    or r.columns is not null and a.attname <> all (r.columns)
                    or exists (
                        select
                        from replication.neighbour as b
                        where r.added ? a.attname::text
                            and (b.acknowledged is null or not pg_visible_in_snapshot(
                                (r.added ->> a.attname::text)::xid8, b.acknowledged))
                    )
                )
        );
end;

-- Sends a table whole whose rows have new keys, and says so with the present change of schema:
-- before they carry it out, the other nodes let all rows of the table go, those that they have
-- changed themselves into the history.
create or replace function replication.send_new_keys(relation_id int)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    update replication.event as e
    set objects = e.objects || jsonb_build_array(jsonb_build_object(
        'type', 'keys',
        'identity', 'keys of table ' || replication.full_name(r.relid),
        'names', jsonb_build_array(n.nspname, c.relname),
        'args', '[]'::jsonb))
    from replication.relation as r
        join pg_class as c on c.oid = r.relid
        join pg_namespace as n on n.oid = c.relnamespace
    where r.id = relation_id
        and e.id = (
            select max(x.id)
            from replication.event as x
            where x.xid = pg_current_xact_id()::text::bigint
                and x.kind = 'ddl'
        );
    perform replication.send_whole(relation_id);
end
$$;

-- Makes the log of a table anew where other columns name its rows now, or columns of another type.
-- Entries keep their versions under the new keys of their rows. An entry without a row is a delete.
-- If nobody knows its new key, and some neighbour has not heard of it, the table is sent whole.
create or replace function replication.follow_key(relation_id int)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
    numbers int2[];
    old_columns text[];
    old_places bigint[];
    new_values text[];
    former_row text;
    rows text;
    asks boolean;
    asked text;
    insertion text;
    is_known boolean := false;
    is_lost boolean := false;
begin
    select * into strict r
    from replication.relation
    where id = relation_id;
    numbers := replication.key_numbers(r.relid);
    if replication.has_same_key(r) then
        return;
    end if;

    execute format('alter table replication.log_%1$s rename to former_log_%1$s', r.id);
    update replication.relation
    set by_columns = false
    where id = r.id;
    perform replication.make_log(r.id);
    -- Not by a cast: whoever owns the type could have made one.
    select array_agg(format('format(''%%s'', t.%I)', a.attname) order by n.place),
        array_agg(n.place order by n.place)
    into old_columns, old_places
    from unnest(coalesce(r.key_numbers, numbers)) with ordinality as n (attnum, place)
        join pg_attribute as a on a.attrelid = r.relid
            and a.attnum = n.attnum
            and not a.attisdropped;
    new_values := array(
        select format('t.%I', k.name)
        from replication.key_columns(r.relid) as k
        order by k.number
    );
    rows := format('%s %s as t', case r.kind when 'i' then 'only' else '' end, r.relid);
    asks := replication.must_ask_owner(r.relid);
    if asks then
        perform replication.refuse_inner_types(r.relid, format('replication.log_%s', r.id)::regtype);
        -- What old keys are compared with, and the new one as an entry of the log.
        asked := replication.ask_owner(r.relid, format(
            'select array[%s, format(''%%s'', row(null, null, null, null, null, %s))]::text from %s',
            coalesce(array_to_string(old_columns, ', '), 'null'),
            array_to_string(new_values, ', '), rows), 'text');
        rows := format('(unnest($1::text[]) as u cross join lateral (select u::text[]) as v (a)'
            ' cross join lateral (select (v.a[cardinality(v.a)]::replication.log_%s).*) as t)', r.id);
        new_values := array(select 't.k' || k from generate_subscripts(new_values, 1) as k order by k);
    end if;
    former_row := case
        when coalesce(cardinality(old_places), 0) < cardinality(r.key) then 'false'
        else (
            select string_agg(format('format(''%%s'', l.k%s) = %s', o.place,
                case when asks then format('v.a[%s]', o.number) else o.value end), ' and ')
            from unnest(old_columns, old_places) with ordinality as o (value, place, number)
        )
    end;
    insertion := format(
        'insert into replication.log_%1$s (xid, changed_at, origin, via, action, %2$s)'
        ' select l.xid, l.changed_at, l.origin, l.via, l.action, %%s'
        ' from replication.former_log_%1$s as l',
        r.id,
        (select string_agg('k' || k, ', ' order by k) from generate_subscripts(new_values, 1) as k));
    execute format(insertion || ' join %s on %s', array_to_string(new_values, ', '), rows, former_row)
    using asked;
    -- A delete under columns that only have another type now is one under their new values.
    if r.key_numbers = numbers and not exists (
        select
        from unnest(numbers) as n (attnum)
            join pg_attribute as a on a.attrelid = r.relid
                and a.attnum = n.attnum
            cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b
            join pg_type as t on t.oid = b.oid
        where t.typnamespace <> 'pg_catalog'::regnamespace
    ) then
        begin
            execute format(
                insertion || ' where not exists (select from %s where %s)',
                (select string_agg(format('format(''%%s'', l.k%s)::%s', n.place, b.type), ', '
                        order by n.place)
                    from unnest(numbers) with ordinality as n (attnum, place)
                        join pg_attribute as a on a.attrelid = r.relid
                            and a.attnum = n.attnum
                        cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b),
                rows, former_row)
            using asked;
            is_known := true;
        exception
            when others then
                is_known := false;
        end;
    end if;
    if not is_known then
        execute format(
            'select exists (
                select
                from replication.former_log_%s as l
                    join replication.neighbour as n on n.acknowledged is null
                        or not pg_visible_in_snapshot(l.xid::text::xid8, n.acknowledged)
                where $2 or not exists (select from %s where %s))', r.id, rows, former_row)
        into is_lost
        -- A change of a column that is part of the key now would leave the row under its former key.
        using asked, exists (
            select
            from unnest(numbers) as n (attnum)
            where n.attnum <> all (coalesce(r.key_numbers, numbers))
        );
    end if;
    execute format('drop table replication.former_log_%s', r.id);
    if not exists (select from replication.neighbour) then
        return;
    end if;
    -- By the names that the key has now: log_all goes by the registry.
    update replication.relation
    set key = array(
        select k.name::text
        from replication.key_columns(r.relid) as k
        order by k.number
    )
    where id = r.id;
    if replication.is_key_new(r, numbers) then
        perform replication.send_new_keys(r.id);
    elsif is_lost then
        perform replication.send_whole(r.id);
    end if;
end
$$;
comment on function replication.follow_key(int) is
    'makes the log of a table anew where other columns name its rows now';
