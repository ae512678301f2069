-- Large objects: which columns hold the numbers of some, and what keeps those from being taken for
-- orphans. The numbers differ from node to node; the contents must not.

-- Which object of a neighbour's stands for which one here, so that rows which share one there share
-- one here. The marks tell whether both are still those, or others that were given their numbers. They
-- are no columns of the type oid: vacuumlo would take what they name for used.
--   noted   which direction over the edge noted it, counted on both sides of it: where the pairs of the
--           two sides contradict each other, the later one is right
create table if not exists replication.object_pair (
    neighbour int not null,
    theirs bigint not null,
    mine bigint not null,
    their_mark bigint not null,
    my_mark bigint not null,
    primary key (neighbour, theirs)
);
alter table replication.object_pair add column if not exists noted bigint not null default 0;
create index if not exists object_pair_mine on replication.object_pair (mine);
create index if not exists object_pair_noted on replication.object_pair (neighbour, noted);

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

-- The objects that a sync has taken from their last row, and that are still to be unlinked. is_hidden:
-- there are columns that could name it, and that the agent does not see whole.
create table if not exists replication.loose_object (
    lo oid primary key,
    is_hidden boolean not null default false
);

-- Empty in a node. In a database that stands in for one, as a file shows it: what is told of the node's
-- objects, which have other owners and marks there.
create table if not exists replication.stand_in_object (
    lo bigint primary key,
    mark bigint not null,
    owner name not null,
    rights jsonb,
    size bigint not null
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
            or a.attnum = any (r.found_objects)
            or a.attname = 'lo'
            or t.typname = 'lo' and b.oid = 'oid'::regtype
        )
    order by a.attnum;
end;
comment on function replication.object_columns(oid) is
    'the columns of a replicated table that hold numbers of large objects';

-- Remembers the columns that hold numbers of large objects, so that they go on doing so under other
-- names.
create or replace function replication.remember_object_columns(this_table oid)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    update replication.relation as r
    set found_objects = c.numbers
    from (
        select coalesce(array_agg(o.number), '{}') as numbers
        from replication.object_columns(this_table) as o
    ) as c
    where r.relid = this_table
        and r.found_objects <> c.numbers;
end;

-- The number of a large object that a value of a column stands for; null where it can be none.
create or replace function replication.object_number(value bigint)
    returns oid
    language sql
    immutable
as 'select case when value between 1 and 4294967295 then value::oid end';

-- The columns whose objects the capture of a table has to hold.
create or replace function replication.bigint_objects(this_table oid)
    returns text[]
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(array_agg(c.name order by c.number), '{}')
        from replication.object_columns(this_table) as c
        where c.is_bigint
    );
end
$$;

-- The statements of one capture function that hold the objects of new rows, which `columns` name;
-- `source` is a FROM clause with those. What is held already is locked: it must not be let go before
-- this transaction can be seen to need it.
drop function if exists replication.hold_statements(oid, text);
create or replace function replication.hold_statements(
    this_table oid,
    columns text[],
    source text
)
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
    from unnest(columns) as c (name);
end;

-- Holds the objects of the rows that a table has.
create or replace function replication.hold_objects(this_table regclass)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    column_name text;
    asks boolean;
    rows text := format('%s %s as t',
        case replication.kind_of(this_table) when 'i' then 'only' else '' end, this_table);
begin
    for column_name in
        select h.name
        from replication.relation as r
            cross join unnest(r.held) as h (name)
        where r.relid = this_table
    loop
        asks := replication.must_ask_owner(this_table);
        execute format(
            'insert into replication.held_object (lo)
            select distinct replication.object_number(v.n)
            from (select %s) as v (n)
            where replication.object_number(v.n) is not null
            on conflict (lo) do nothing',
            case when asks then 'unnest($1::bigint[])' else format('t.%I from %s', column_name, rows) end)
        using case when asks then replication.ask_owner(this_table,
            format('select distinct t.%I::bigint from %s', column_name, rows), 'bigint') end;
    end loop;
end
$$;
