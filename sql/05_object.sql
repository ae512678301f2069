-- Large objects: which columns hold the numbers of some, and what keeps those from being taken for
-- orphans. The numbers differ from node to node; the contents must not.

-- Which object of a neighbour's stands for which one here, so that rows which share one there share
-- one here. The marks tell whether both are still those, or others that were given their numbers.
create table if not exists replication.object_pair (
    neighbour int not null,
    theirs oid not null,
    mine oid not null,
    their_mark bigint not null,
    my_mark bigint not null,
    primary key (neighbour, theirs)
);
create index if not exists object_pair_mine on replication.object_pair (mine);

-- The objects that columns of the type bigint name. vacuumlo looks at columns of the types oid and
-- lo alone: without these it would take them for orphans.
create table if not exists replication.held_object (
    lo oid primary key
);

-- The objects of versions that lost a conflict. They are on the node that decided it, and on no
-- other.
create table if not exists replication.kept_object (
    conflict uuid not null,
    column_name text not null,
    lo oid not null,
    primary key (conflict, column_name)
);
create index if not exists kept_object_lo on replication.kept_object (lo);

-- The objects that a sync has taken from their last row, and that are still to be unlinked.
create table if not exists replication.loose_object (
    lo oid primary key
);

-- The columns of a replicated table that hold numbers of large objects: those of the type lo, those
-- of the types oid and bigint that are named lo, and those that were registered. is_bigint: it is no
-- oid, and holds other numbers, too, as far as the server is concerned.
create or replace function replication.object_columns(this_table oid)
    returns table (number int2, name text, is_bigint boolean)
    language sql
    stable
begin atomic
    select a.attnum, a.attname::text, b.oid = 'int8'::regtype
    from replication.relation as r
        join pg_attribute as a on a.attrelid = r.relid
        join pg_type as t on t.oid = a.atttypid
        cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b
    where r.relid = this_table
        and a.attnum > 0
        and not a.attisdropped
        and a.attgenerated = ''
        and a.attname <> all (r.key)
        and b.oid in ('oid'::regtype, 'int8'::regtype)
        and a.attnum <> all (r.no_objects)
        and (
            a.attnum = any (r.objects)
            or a.attname = 'lo'
            or t.typname = 'lo' and b.oid = 'oid'::regtype
        )
    order by a.attnum;
end;
comment on function replication.object_columns(oid) is
    'the columns of a replicated table that hold numbers of large objects';

-- The number of a large object that a value of a column stands for; null where it can be none.
create or replace function replication.object_number(value bigint)
    returns oid
    language sql
    immutable
as 'select case when value between 1 and 4294967295 then value::oid end';

-- The columns whose objects the capture of a table has to hold.
create or replace function replication.bigint_objects(this_table oid)
    returns text[]
    language sql
    stable
begin atomic
    select coalesce(array_agg(c.name order by c.number), '{}')
    from replication.object_columns(this_table) as c
    where c.is_bigint;
end;

-- The statements of one capture function that hold the objects of new rows; `source` is a FROM clause
-- with their columns. What is held already is locked: it must not be let go before this transaction
-- can be seen to need it.
create or replace function replication.hold_statements(this_table oid, source text)
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select coalesce(string_agg(format(
        E'\n    insert into replication.held_object (lo)'
        '\n    select distinct v.n::pg_catalog.oid'
        '\n    from (select %s as n %s) as v'
        '\n    where v.n operator(pg_catalog.>) 0 and v.n operator(pg_catalog.<=) 4294967295'
        '\n    on conflict (lo) do update set lo = excluded.lo;',
        replication.key_value(this_table, c.name), source), ''), '')
    from unnest(replication.bigint_objects(this_table)) as c (name);
end;

-- Holds the objects of the rows that a table has.
create or replace function replication.hold_objects(this_table regclass)
    returns void
    language plpgsql
    set search_path = ''
as $$
declare
    column_name text;
begin
    foreach column_name in array replication.bigint_objects(this_table)
    loop
        execute format(
            'insert into replication.held_object (lo)
            select distinct replication.object_number(t.%1$I)
            from %2$s as t
            where replication.object_number(t.%1$I) is not null
            on conflict (lo) do nothing', column_name, this_table);
    end loop;
end
$$;

-- Says of a column whether it holds numbers of large objects, here alone. Where it newly does, the
-- rows whose objects are here are sent again, with these.
--
-- SECURITY DEFINER, as it arrives with a sync, whose role need not own the table.
create or replace function replication.set_object_column(
    this_table regclass,
    column_name text,
    is_object boolean
)
    returns boolean
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
    a record;
begin
    select * into r
    from replication.relation
    where relid = this_table;
    if r.id is null then
        raise exception 'table % is not replicated', this_table
            using hint = 'Run trompe install first; trompe status lists what is not replicated, and why.';
    end if;
    select c.attnum, c.attgenerated, format_type(c.atttypid, c.atttypmod) as type,
        b.oid in ('oid'::regtype, 'int8'::regtype) as can_hold
    into a
    from pg_attribute as c
        cross join lateral replication.base_type(c.atttypid, c.atttypmod) as b
    where c.attrelid = this_table
        and c.attname = column_name
        and c.attnum > 0
        and not c.attisdropped;
    if a.attnum is null then
        raise exception 'table % has no column %', this_table, column_name
            using errcode = 'undefined_column';
    elsif column_name = any (r.key) or a.attgenerated <> '' then
        raise exception 'column % of table % cannot hold large objects: it is %', column_name, this_table,
            case when column_name = any (r.key) then 'part of the key' else 'generated' end
            using errcode = 'wrong_object_type',
                hint = 'The numbers of large objects differ from node to node.';
    elsif not a.can_hold then
        raise exception 'column % of table % cannot hold large objects: its type is %', column_name,
            this_table, a.type
            using errcode = 'datatype_mismatch',
                hint = 'The types for numbers of large objects are oid, lo and bigint.';
    end if;
    if is_object = (column_name in (
        select c.name from replication.object_columns(this_table) as c
    )) then
        return false;
    end if;
    update replication.relation
    set objects = array_remove(objects, a.attnum)
            || case when is_object then array[a.attnum] else '{}' end,
        no_objects = array_remove(no_objects, a.attnum)
            || case when is_object then '{}'::int2[] else array[a.attnum] end
    where id = r.id;
    perform replication.attach(this_table);
    if is_object and exists (select from replication.neighbour) then
        execute replication.log_statement(r.id, r.key, 'I', format(
            'from %s %s where replication.object_number((%I)::bigint) in'
            ' (select m.oid from pg_catalog.pg_largeobject_metadata as m)',
            case r.kind when 'i' then 'only' else '' end, r.relid, column_name),
            '''-infinity''::timestamptz');
    end if;
    return true;
end
$$;
revoke execute on function replication.set_object_column(regclass, text, boolean) from public;

-- Says of a column of the type oid or bigint that it holds numbers of large objects, or does not,
-- whatever its name; on all nodes.
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
declare
    owner oid := (select c.relowner from pg_class as c where c.oid = this_table);
    names jsonb;
begin
    if not pg_has_role(replication.acting_role(), owner, 'usage') then
        raise exception 'must be owner of table %', this_table
            using errcode = 'insufficient_privilege';
    end if;
    if not replication.set_object_column(this_table, column_name, is_object)
        or replication.is_ddl_paused()
    then
        return;
    end if;
    select jsonb_build_array(n.nspname, c.relname, column_name) into names
    from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
    where c.oid = this_table;
    perform replication.log_ddl(
        format('select replication.large_object(%L, %L, %L)', replication.full_name(this_table),
            column_name, is_object),
        'LARGE OBJECT', '', jsonb_build_array(jsonb_build_object(
            'type', 'large object column', 'names', names, 'args', '[]'::jsonb,
            'is_object', is_object, 'identity', format('large objects in column %I of table %s',
                column_name, replication.full_name(this_table)))));
end
$$;
comment on function replication.large_object(regclass, text, boolean) is
    'says whether a column of the type oid or bigint holds numbers of large objects, on all nodes';

-- The same as a neighbour has said it.
create or replace function replication.carry_out_object_column(object jsonb)
    returns void
    language plpgsql
    set search_path = ''
as $$
begin
    -- The table may have come into being just now, or got its name.
    perform replication.follow_all(true);
    perform replication.set_object_column(
        format('%I.%I', object -> 'names' ->> 0, object -> 'names' ->> 1)::regclass,
        object -> 'names' ->> 2, (object ->> 'is_object')::boolean);
end
$$;
