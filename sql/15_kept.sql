-- The rows in the history of conflicts as values again, and how the rows of today differ from them.

-- A value of the type that its text stands for, read with the settings that the history was written
-- with. `example` says to PostgreSQL what it returns; `type` has the length and the like, too.
create or replace function replication.typed(example anyelement, value text, type text)
    returns anyelement
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    set DateStyle = 'ISO, YMD'
    set IntervalStyle = 'postgres'
    set TimeZone = 'UTC'
    set lc_monetary = 'C'
    set xmloption = 'content'
as $$
declare
    r record;
begin
    execute format('select %L::%s as value', value, type) into r;
    return r.value;
end
$$;

-- One column of a row in the history, as PostgreSQL writes a value of the type; null for NULL and
-- where the row has no such column. `texts` holds the columns whose json says less than their text
-- (see 10_conflict.sql). Histories of older versions have none: there json has to do.
create or replace function replication.kept_text(
    kept json,
    texts json,
    column_name text,
    type text
)
    returns text
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    set DateStyle = 'ISO, YMD'
    set IntervalStyle = 'postgres'
    set TimeZone = 'UTC'
    set extra_float_digits = 3
    set bytea_output = 'hex'
    set lc_monetary = 'C'
    set xmloption = 'content'
as $$
declare
    value json := kept -> column_name;
    read_back text;
begin
    if texts -> column_name is not null then
        return texts ->> column_name;
    elsif value is null or json_typeof(value) = 'null' then
        return null;
    elsif type not in ('json', 'jsonb') and json_typeof(value) in ('object', 'array') then
        execute format('select format(''%%s'', x.value) from json_to_record($1) as x (value %s)',
            type)
        into read_back
        using json_build_object('value', value);
    else
        execute format('select format(''%%s'', %L::%s)',
            case when type in ('json', 'jsonb') then value::text else kept ->> column_name end,
            type)
        into read_back;
    end if;
    return read_back;
end
$$;

-- The condition that a row t of the conflict's table has the conflict's key.
create or replace function replication.same_key(c replication.conflict)
    returns text
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    condition text;
    is_known boolean;
begin
    select
        string_agg(format('t.%I %s %L::%s', k.name, k.equals, k.value, k.type), ' and '),
        bool_and(k.value is not null)
    into condition, is_known
    from (
        select n.*, replication.kept_text(c.key, null, n.name, n.type) as value
        from replication.key_columns(to_regclass(c.tablename)) as n
    ) as k;
    if not coalesce(is_known, false) then
        raise exception 'the key of table % is no longer what it was when the conflict was decided',
            c.tablename
            using hint = 'Put the row back by hand; trompe conflicts DB show prints it.';
    end if;
    return condition;
end
$$;

-- The row that the conflict's table has now under its key, each column as text; null where there is
-- none. It is locked, so that no change comes between this look and what is done about it.
create or replace function replication.present_row(c replication.conflict)
    returns json
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
    set DateStyle = 'ISO, YMD'
    set IntervalStyle = 'postgres'
    set TimeZone = 'UTC'
    set extra_float_digits = 3
    set bytea_output = 'hex'
    set lc_monetary = 'C'
    set xmloption = 'content'
as $$
declare
    r replication.relation;
    columns text;
    present json;
begin
    select * into r
    from replication.relation
    where relid = to_regclass(c.tablename);
    if r.relid is null then
        raise exception 'table % is not there, or not replicated', c.tablename
            using hint = 'Make it and sync first; trompe status DB lists what is not replicated.';
    end if;
    select string_agg(format('case when num_nulls(t.%1$I) = 0 then format(''%%s'', t.%1$I) end'
        ' as %1$I', a.attname), ', ')
    into columns
    from pg_attribute as a
    where a.attrelid = r.relid
        and a.attnum > 0
        and not a.attisdropped;
    execute format('select (select row_to_json(x.*) from (select %s) as x) from %s %s as t'
            ' where %s for update of t',
        columns, case r.kind when 'i' then 'only' else '' end, r.relid, replication.same_key(c))
    into present;
    return present;
end
$$;

-- The number of a large object, in a column of this name, as the version that lost shall have it again,
-- and where that is: 'here', in the history of this node; 'same' as what is there now, as the winner had
-- it, too; 'none', as it is no number of any; 'elsewhere', on the node that decided the conflict; 'gone'.
-- Null where no column is asked about.
create or replace function replication.lost_object(
    c replication.conflict,
    name text,
    present text,
    out value text,
    out place text
)
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    lost text := c.loser ->> name;
begin
    if name is null then
        return;
    end if;
    select k.lo::text into value
    from replication.kept_object as k
    where k.conflict = c.id
        and k.column_name = name;
    if value is not null then
        place := 'here';
    elsif replication.object_number(lost::bigint) is null then
        value := lost;
        place := 'none';
    elsif present is not null and c.winner ->> name = lost then
        value := present;
        place := 'same';
    else
        place := case
            when c.decided_by = (select s.number from replication.self as s) then 'gone'
            else 'elsewhere'
        end;
    end if;
end
$$;

-- A conflict column by column: what won, what is there now, and what lost, as text; a column of the
-- history that the table has no more has no type. Locks the row.
--   there    whether the table has the row
--   moved    whether the row is no longer as the conflict left it
--   object   of a column with large objects, where the one that lost is (see lost_object)
drop function if exists replication.conflict_columns(uuid);
create or replace function replication.conflict_columns(conflict_id uuid)
    returns table (
        column_name text,
        type text,
        identity "char",
        is_generated boolean,
        is_lost boolean,
        there boolean,
        moved boolean,
        winner text,
        present text,
        loser text,
        object text
    )
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    c replication.conflict;
    present_row json;
begin
    select * into c
    from replication.conflict
    where id = conflict_id;
    if c.id is null then
        raise exception 'there is no conflict %', conflict_id
            using hint = 'List them: trompe conflicts DB';
    end if;
    present_row := replication.present_row(c);
    if c.winner_key is not null then
        -- The winner has another key: under this one the conflict left nothing.
        c.winner := null;
    end if;
    return query
        select k.name, k.type, k.identity, k.generated, c.loser -> k.name is not null,
            present_row is not null,
            (present_row is null) <> (c.winner is null)
                or k.type is not null
                and c.winner -> k.name is not null
                and k.winner is distinct from present_row ->> k.name,
            k.winner, present_row ->> k.name, k.loser, k.object
        from (
            select a.attname::text as name, b.type, a.attidentity as identity,
                a.attgenerated <> '' as generated,
                case
                    -- The numbers in the history are those of the node that decided it.
                    when l.place is not null and c.decided_by <> s.number
                        then present_row ->> a.attname
                    else replication.kept_text(c.winner, c.winner_texts, a.attname::text, b.type)
                end as winner,
                case
                    when l.place is not null then l.value
                    else replication.kept_text(c.loser, c.loser_texts, a.attname::text, b.type)
                end as loser,
                l.place as object
            from pg_attribute as a
                cross join replication.self as s
                cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b
                left join replication.object_columns(to_regclass(c.tablename)) as o
                    on o.number = a.attnum
                cross join lateral replication.lost_object(c,
                    case when c.loser -> a.attname is not null then o.name end,
                    present_row ->> a.attname) as l
            where a.attrelid = to_regclass(c.tablename)
                and a.attnum > 0
                and not a.attisdropped
            union all
            select g.name, null, '', false, c.winner ->> g.name, c.loser ->> g.name, null
            from json_object_keys(c.loser) as g (name)
            where not exists (
                select
                from pg_attribute as a
                where a.attrelid = to_regclass(c.tablename)
                    and a.attname = g.name
                    and a.attnum > 0
                    and not a.attisdropped
            )
        ) as k;
end
$$;
comment on function replication.conflict_columns(uuid) is
    'a conflict column by column: what won, what is there now, and what lost; locks the row';
