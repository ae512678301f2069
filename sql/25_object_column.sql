-- Which columns hold numbers of large objects, as people say it.

-- Refuses a column that cannot hold numbers of large objects; returns its number in the catalog.
create or replace function replication.check_object_column(this_table oid, column_name text)
    returns int2
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    a record;
begin
    select c.attnum, c.attgenerated, format_type(c.atttypid, c.atttypmod) as type,
        b.oid in ('oid'::regtype, 'int8'::regtype) as can_hold,
        c.attname in (select k.name from replication.key_columns(this_table) as k) as is_key
    into a
    from pg_attribute as c
        cross join lateral replication.base_type(c.atttypid, c.atttypmod) as b
    where c.attrelid = this_table
        and c.attname = column_name
        and c.attnum > 0
        and not c.attisdropped;
    if a.attnum is null then
        raise exception 'table % has no column %', this_table::regclass, quote_ident(column_name)
            using errcode = 'undefined_column',
                hint = 'Its columns are: '
                    || array_to_string(replication.columns_of(this_table), ', ') || '.';
    elsif a.is_key or a.attgenerated <> '' then
        raise exception 'column % of table % cannot hold large objects: it is %',
            quote_ident(column_name), this_table::regclass,
            case when a.is_key then 'part of the key' else 'generated' end
            using errcode = 'wrong_object_type',
                hint = 'The numbers of large objects differ from node to node.';
    elsif not a.can_hold then
        raise exception 'column % of table % cannot hold large objects: its type is %',
            quote_ident(column_name), this_table::regclass, a.type
            using errcode = 'datatype_mismatch',
                hint = 'The types for numbers of large objects are oid, lo and bigint.';
    end if;
    return a.attnum;
end
$$;

-- The table and the column that a person means by TABLE.COLUMN or SCHEMA.TABLE.COLUMN. Refuses what
-- cannot hold numbers of large objects, and tables that cannot be replicated.
create or replace function replication.find_object_column(
    given text,
    out relid regclass,
    out column_name text
)
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    names text[];
    why text;
begin
    begin
        names := parse_ident(given);
    exception
        when data_exception then
            names := '{}';
    end;
    if cardinality(names) not in (2, 3) then
        raise exception '"%" does not name a column of a table', given
            using errcode = 'invalid_parameter_value',
                hint = 'Give TABLE.COLUMN or SCHEMA.TABLE.COLUMN, in double quotes what psql shows so.';
    elsif cardinality(names) = 2 then
        names := array['public'] || names;
    end if;
    relid := to_regclass(format('%I.%I', names[1], names[2]));
    column_name := names[3];
    if relid is null then
        raise exception 'there is no table %.%', quote_ident(names[1]), quote_ident(names[2])
            using errcode = 'undefined_table',
                hint = 'A table without a schema before it is looked for in the schema public.';
    end if;
    select coalesce(c.reason, case when c.of_system then 'it belongs to the replication' end, '')
    into why
    from replication.candidate as c
    where c.relid = find_object_column.relid;
    if why is distinct from '' then
        raise exception 'table % cannot be replicated: %', relid,
            coalesce(why, 'it is no table of its own')
            using errcode = 'wrong_object_type',
                hint = 'Name a table with a key; of a partition, the partitioned table.';
    end if;
    perform replication.check_object_column(relid, column_name);
end
$$;

-- Says of a column whether it holds numbers of large objects, here alone. Where it newly does, the
-- rows whose objects are here are sent again, with these. Returns whether that is new.
--
-- SECURITY DEFINER, as it arrives with a sync, whose role need not own the table. Like
-- number_sequences(), it reads nothing but tables, and by no policy. What has been checked must not
-- get another type before it is read, with a cast of its owner's: the table is locked first.
create or replace function replication.set_object_column(
    this_table regclass,
    column_name text,
    is_object boolean
)
    returns boolean
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    set row_security = off
as $$
declare
    r replication.relation;
    column_number int2;
begin
    if not exists (select from replication.relation as l where l.relid = this_table) then
        raise exception 'table % is not replicated', this_table
            using hint = 'Run trompe install first; trompe status lists what is not replicated, and why.';
    end if;
    execute format('lock table only %s in share row exclusive mode', this_table);
    -- What is locked keeps its name.
    if not exists (
        select
        from replication.candidate as c
        where c.relid = this_table
            and c.relid = to_regclass(this_table::text)
            and c.reason is null
            and not c.of_system
    ) then
        raise exception '% is no table that can be replicated', this_table
            using errcode = 'wrong_object_type';
    end if;
    column_number := replication.check_object_column(this_table, column_name);
    if is_object is null then
        raise exception 'a column holds large objects, or does not: say true or false'
            using errcode = 'null_value_not_allowed';
    elsif is_object = (column_name in (
        select c.name from replication.object_columns(this_table) as c
    )) then
        return false;
    end if;
    update replication.relation
    set objects = array_remove(objects, column_number)
            || case when is_object then array[column_number] else '{}' end,
        no_objects = array_remove(no_objects, column_number)
            || case when is_object then '{}'::int2[] else array[column_number] end
    where relid = this_table;
    perform replication.attach(this_table);
    select * into strict r
    from replication.relation
    where relid = this_table;
    if not is_object or not exists (select from replication.neighbour) then
        return true;
    end if;
    if replication.must_ask_owner(this_table) then
        perform replication.log_keys(r.id, 'I', replication.ask_keys(r.id, this_table, format(
            'exists (select from pg_largeobject_metadata as m where m.oid::bigint = t.%I::bigint)',
            column_name)), '-infinity');
    else
        execute format(replication.log_format(r.id), '''-infinity''::timestamptz', 'I', format(
            'from %s %s where replication.object_number((%I)::bigint) in'
            ' (select m.oid from pg_catalog.pg_largeobject_metadata as m)',
            case r.kind when 'i' then 'only' else '' end, r.relid, column_name));
    end if;
    return true;
end
$$;
revoke execute on function replication.set_object_column(regclass, text, boolean) from public;

-- Lets the neighbours hear of it.
create or replace function replication.log_object_column(
    this_table regclass,
    column_name text,
    is_object boolean
)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    select replication.log_ddl(
        format('select replication.large_object(%L, %L, %L)', replication.full_name(c.oid),
            column_name, is_object),
        'LARGE OBJECT', '', jsonb_build_array(jsonb_build_object(
            'type', 'large object column',
            'names', jsonb_build_array(n.nspname, c.relname, column_name), 'args', '[]'::jsonb,
            'is_object', is_object, 'identity', format('large objects in column %I of table %s',
                column_name, replication.full_name(c.oid)))))
    from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
    where c.oid = this_table;
end;

-- Says of a column of the type oid or bigint that it holds numbers of large objects, or does not,
-- whatever its name; on all nodes.
--
-- SECURITY DEFINER: the owner of a table has no rights on the registry.
create or replace function replication.large_object(
    this_table regclass,
    column_name text,
    is_object boolean default true
)
    returns void
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not coalesce((
        select pg_has_role(replication.acting_role(), c.relowner, 'usage')
        from pg_class as c
        where c.oid = this_table
    ), false) then
        raise exception 'must be owner of table %', this_table
            using errcode = 'insufficient_privilege';
    end if;
    if replication.set_object_column(this_table, column_name, is_object)
        and not replication.is_ddl_paused()
    then
        perform replication.log_object_column(this_table, column_name, is_object);
    end if;
end
$$;
comment on function replication.large_object(regclass, text, boolean) is
    'says whether a column of the type oid or bigint holds numbers of large objects, on all nodes';

-- The same as a neighbour has said it.
create or replace function replication.carry_out_object_column(object jsonb)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    -- The table may have come into being just now, or got its name.
    perform replication.follow_all(true);
    perform replication.set_object_column(
        format('%I.%I', object -> 'names' ->> 0, object -> 'names' ->> 1)::regclass,
        object -> 'names' ->> 2, (object ->> 'is_object')::boolean);
end
$$;

-- What was said of columns here; names: [schema, table, column].
create or replace function replication.said_object_columns()
    returns table (names jsonb, is_object boolean)
    language sql
    stable
begin atomic
    select jsonb_build_array(n.nspname, c.relname, a.attname), a.attnum = any (r.objects)
    from replication.relation as r
        join pg_class as c on c.oid = r.relid
        join pg_namespace as n on n.oid = c.relnamespace
        join pg_attribute as a on a.attrelid = r.relid
    where a.attnum = any (r.objects || r.no_objects)
        and not a.attisdropped;
end;
comment on function replication.said_object_columns() is
    'the columns of which it was said whether they hold numbers of large objects';

-- Takes over what a node has said that is about to be a neighbour; who is one already hears of it.
-- Where both have said the opposite, a column holds objects.
create or replace function replication.adopt_object_column(these_names jsonb, is_object boolean)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    this_table regclass := to_regclass(format('%I.%I', these_names ->> 0, these_names ->> 1));
    column_name text := these_names ->> 2;
begin
    if column_name = any (replication.columns_of(this_table))
        and not exists (
            select
            from replication.said_object_columns() as s
            where s.names = these_names
                and (s.is_object or not adopt_object_column.is_object)
        )
        and replication.set_object_column(this_table, column_name, is_object)
    then
        perform replication.log_object_column(this_table, column_name, is_object);
    end if;
end
$$;
