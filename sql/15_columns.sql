-- The policy "columns": a log that also says which columns an UPDATE changed.
--
-- Only a table with this policy has it. Its log has one more column, `columns`: a bit for each
-- column of the table, the first for the column number 1 (pg_attribute.attnum). Null stands for all
-- of them: a row that was inserted or deleted, one whose key changed, or an entry of which nobody
-- noted it. Two images of a column are compared, never values with `=`: json has none, and citext
-- finds Bob and BOB equal.

-- Which columns an UPDATE changed, as an expression that gives a bit string: `n` and `o` are the
-- new and the old row, whose columns are named x1, x2, ... by the numbers that they have in the
-- table.
create or replace function replication.changed_columns(relation_id int)
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select string_agg(
        case
            when a.attisdropped or a.attgenerated <> '' and a.attname <> all (r.key) then 'B''0'''
            -- What lo_write does to an object does not show in its number.
            when a.attnum = any (coalesce(o.numbers, '{}')) then 'B''1'''
            else format('case when pg_catalog.record_image_ne(row(n.x%1$s), row(o.x%1$s))'
                ' then B''1'' else B''0'' end', a.attnum)
        end,
        E'\n                operator(pg_catalog.||) ' order by a.attnum)
    from replication.relation as r
        cross join lateral (
            select array_agg(c.number) as numbers
            from replication.object_columns(r.relid) as c
        ) as o
        join pg_attribute as a on a.attrelid = r.relid
            and a.attnum between 1 and (
                select max(m.attnum)
                from pg_attribute as m
                where m.attrelid = r.relid
                    and not m.attisdropped
            )
    where r.id = relation_id;
end;

-- The orders in which a table and its partitions have their columns.
--   tables    which of them have this one
--   names     the columns as x1, x2, ... by their numbers in the table
--   is_so     a condition, asked at each UPDATE: the columns are still these, and no more. A
--             statement of a user must not fail because a column was dropped since the function was
--             made
create or replace function replication.column_orders(relation_id int)
    returns table (tables oid[], names text, is_so text)
    language sql
    stable
    set search_path = ''
begin atomic
    select array_agg(o.relid order by o.relid), o.names, o.is_so
    from (
        select p.relid::oid as relid,
            string_agg('x' || own.attnum, ', ' order by a.attnum) as names,
            string_agg(format('pg_catalog.has_column_privilege(tg_relid, %s::pg_catalog.int2,'
                ' ''SELECT'') is not null', a.attnum), E'\n        and ' order by a.attnum)
                || (
                    select string_agg(format(E'\n        and pg_catalog.has_column_privilege('
                        'tg_relid, %s::pg_catalog.int2, ''SELECT'') is null', c.relnatts + i), '')
                    from generate_series(1, 3) as i
                ) as is_so
        from replication.relation as r
            cross join lateral replication.parts_of(r.relid) as p
            join pg_class as c on c.oid = p.relid
            join pg_attribute as a on a.attrelid = p.relid
            join pg_attribute as own on own.attrelid = r.relid and own.attname = a.attname
        where r.id = relation_id
            and a.attnum > 0
            and not a.attisdropped
        group by p.relid, c.relnatts
    ) as o
    group by o.names, o.is_so;
end;

-- The body of the function that captures UPDATEs of a table whose log has columns. Where the table
-- has changed since, it notes keys alone. Old and new rows meet by their keys: what counts is how
-- the row of one name differs from what it was. `log_format`: see replication.log_format().
drop function if exists replication.update_by_columns(int);
create or replace function replication.update_by_columns(relation_id int, log_format text)
    returns text
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
    orders record;
    changed text := replication.changed_columns(relation_id);
    same_key text;
    first_key text;
    body text := '';
begin
    select * into strict r
    from replication.relation
    where id = relation_id;
    select string_agg(format('o.x%1$s%3$s %2$s n.x%1$s%3$s', a.attnum, k.equals,
            replication.as_compared(r.relid, k.number)), ' and ' order by k.number),
        min('x' || a.attnum) filter (where k.number = 1)
    into same_key, first_key
    from replication.key_columns(r.relid) as k
        join pg_catalog.pg_attribute as a on a.attrelid = r.relid and a.attname = k.name;

    for orders in select * from replication.column_orders(relation_id) as o order by o.tables
    loop
        body := body || format(E'%s %s%s then\n    ',
            case body when '' then 'if' else 'elsif' end,
            case r.kind
                when 'p' then format(
                    E'tg_relid operator(pg_catalog.=) any (%L::pg_catalog.oid[])\n        and ',
                    orders.tables)
                else ''
            end,
            orders.is_so);
        body := body || format(
            'insert into replication.log_%s (xid, changed_at, origin, action, columns, %s)
    select pg_catalog.txid_current(), entry."time now", %s, ''U'',
        case
            when %s then %s
        end,
        %s
    from %s;
    ',
            r.id,
            (select string_agg('k' || i, ', ' order by i) from generate_subscripts(r.key, 1) as i),
            (select s.number from replication.self as s),
            case r.kind when 'i' then same_key else format('o.%s is not null', first_key) end,
            changed,
            (
                select string_agg(replication.key_value(r.relid, k.name, 'n.x' || a.attnum), ', '
                    order by k.number)
                from unnest(r.key) with ordinality as k (name, number)
                    join pg_catalog.pg_attribute as a on a.attrelid = r.relid
                        and a.attname = k.name
            ),
            case r.kind
                when 'i' then format('(select new.*) as n (%1$s), (select old.*) as o (%1$s)',
                    orders.names)
                else format('new_rows as n (%1$s) left join old_rows as o (%1$s) on %2$s',
                    orders.names, same_key)
            end);
    end loop;
    return body || 'else
    ' || replication.log_statement(log_format, 'U',
        case r.kind when 'i' then 'from (select new.*) as r' else 'from new_rows' end) || '
    end if;';
end
$$;

-- The tables whose capture is not what their policy asks for, or notes other columns than the table
-- has. A function that somebody replaced is not among them: that is reported as broken.
create or replace view replication.outdated_capture as
select
    r.id as relation,
    r.relid,
    p.tablename is not null as wanted,
    case
        when r.by_columns and p.tablename is null then
            'which columns change is not noted any more'
        when r.by_columns then 'its columns are other ones'
        else 'which columns change is noted from now on'
    end as problem
from replication.relation as r
    join pg_class as c on c.oid = r.relid
    join pg_namespace as n on n.oid = c.relnamespace
    left join replication.policy as p on p.tablename = format('%I.%I', n.nspname, c.relname)
        and p.policy = 'columns'
where r.by_columns <> (p.tablename is not null)
    or (
        r.by_columns
        and r.digest = replication.digest_of(r.id)
        and exists (
            select
            from replication.capture_bodies(r.id) as b
                join pg_proc as f on f.proname = b.operation || '_' || r.id
                    and f.pronamespace = 'replication'::regnamespace
            where b.operation = 'update'
                and f.prosrc <> replication.capture_source(b.body)
        )
    );
comment on view replication.outdated_capture is
    'the tables whose capture does not follow their policy yet';

-- Lets the capture of a table follow its policy: from then on its log says which columns change, or
-- does not any more. Does nothing where that is so already. Returns whether it did.
--
-- SECURITY DEFINER, as a policy arrives with a sync, whose role need not own the table. It holds
-- writers off until the transaction ends, so call it in a short one. In it and in what it calls the
-- schema pg_temp comes last, lest a caller's table be taken for a catalog.
create or replace function replication.follow_policy(relation_id int)
    returns boolean
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
    asked boolean;
begin
    select * into strict r
    from replication.relation
    where id = relation_id;
    select o.wanted into asked
    from replication.outdated_capture as o
    where o.relation = relation_id;
    if asked is null then
        return false;
    end if;
    if asked <> r.by_columns then
        execute format('lock table %s %s in share row exclusive mode',
            case r.kind when 'i' then 'only' else '' end, r.relid);
        -- Somebody else may have done it in the meantime.
        select o.wanted into asked
        from replication.outdated_capture as o
        where o.relation = relation_id;
        if asked is null then
            return false;
        end if;
        -- The column stays when the policy goes: to drop it would wait for every reader.
        if asked and not exists (
            select
            from pg_catalog.pg_attribute as a
            where a.attrelid = to_regclass('replication.log_' || r.id)
                and a.attname = 'columns'
        ) then
            execute format('alter table replication.log_%s add column columns pg_catalog.varbit',
                r.id);
        end if;
        update replication.relation
        set by_columns = asked
        where id = r.id;
    end if;
    perform replication.make_capture_functions(r.id);
    perform replication.make_triggers(r.id);
    return true;
end
$$;
revoke execute on function replication.follow_policy(int) from public;
comment on function replication.follow_policy(int) is
    'lets the log of a table say which columns change, where its policy is columns';

-- The same where no writer holds the table for longer than lock_timeout: it can wait, as entries
-- without columns count as changes of all of them.
create or replace function replication.try_to_follow_policy(relation_id int)
    returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    return replication.follow_policy(relation_id);
exception
    when lock_not_available or deadlock_detected then
        return false;
end
$$;
comment on function replication.try_to_follow_policy(int) is
    'the same, unless somebody holds the table';
