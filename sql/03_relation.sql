-- The registry of replicated tables, and which tables can be in it.
--
-- The functions that others join with have no SET clause, so that PostgreSQL can inline them; names
-- in their bodies are bound when they are made.

--   kind   r: an ordinary table, p: partitioned, i: part of an old-style inheritance tree
--   key    the names of the columns that name a row, in the order of the index
--   xid    the transaction that attached it: a neighbour that has not seen it knows another table
--   by_columns  its log says which columns an UPDATE changed
--   tablename, columns, key_numbers  its name, its columns, and the numbers (attnum) of those of
--       its
--       key, as they were when its capture was last made: what ALTER TABLE changed shows by them
--   objects, no_objects  the numbers of the columns that were said to hold numbers of large objects,
--       or not to
--   found_objects  the same of those that were found by their name or type
--   held   the columns whose large objects its capture holds
--   added  the columns that came since it was attached, each with the transaction that made it
create table if not exists replication.relation (
    id int generated always as identity primary key,
    relid regclass not null unique,
    kind "char" not null,
    key text[] not null,
    digest text not null,
    xid bigint not null default pg_current_xact_id()::text::bigint,
    attached_at timestamptz not null default now(),
    by_columns boolean not null default false,
    tablename text,
    columns text[],
    key_numbers int2[],
    added jsonb not null default '{}',
    objects int2[] not null default '{}',
    no_objects int2[] not null default '{}',
    found_objects int2[] not null default '{}',
    held text[] not null default '{}'
);
-- Functions that take its rows would keep it from getting columns; they are made anew below.
do $$
declare
    functions text := (
        select string_agg(p.oid::regprocedure::text, ', ')
        from pg_proc as p
        where p.pronamespace = 'replication'::regnamespace
            and 'replication.relation'::regtype = any (p.proargtypes::oid[])
    );
begin
    if functions is not null then
        execute 'drop function ' || functions;
    end if;
end
$$;
alter table replication.relation
    add column if not exists by_columns boolean not null default false,
    add column if not exists tablename text,
    add column if not exists columns text[],
    add column if not exists key_numbers int2[],
    add column if not exists added jsonb not null default '{}',
    add column if not exists objects int2[] not null default '{}',
    add column if not exists no_objects int2[] not null default '{}',
    add column if not exists found_objects int2[] not null default '{}',
    add column if not exists held text[] not null default '{}';

-- The index that names a table's rows: the primary key, else the replica identity index, else the
-- narrowest unique index over NOT NULL columns. Null where there is none. (One WITHOUT OVERLAPS is
-- an exclusion constraint: its values do not name a row by equality.)
create or replace function replication.key_index(relid oid)
    returns oid
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select i.indexrelid
        from pg_index as i
        where i.indrelid = relid
            and i.indisunique
            and not i.indisexclusion
            and i.indisvalid
            and i.indpred is null
            and i.indexprs is null
            and (i.indisprimary or i.indimmediate)
            and not exists (
                select
                from pg_attribute as a
                where a.attrelid = i.indrelid
                    and a.attnum = any ((i.indkey::int2[])[0 : i.indnkeyatts - 1])
                    and not a.attnotnull
            )
        order by i.indisprimary desc, i.indisreplident desc, i.indnkeyatts, i.indexrelid
        limit 1
    );
end
$$;
comment on function replication.key_index(oid) is
    'the index that names the rows of a table for replication; null where there is none';

-- The columns of that index: name, type as one writes it, collation, and the operator that finds
-- equal keys. The operator comes from the index: for citext, say, the one in pg_catalog would be
-- another.
create or replace function replication.key_columns(relid oid)
    returns table (
        number int,
        name name,
        type text,
        collation_name text,
        equals text
    )
    language sql
    stable
begin atomic
    select
        k.ordinality::int,
        a.attname,
        format_type(a.atttypid, a.atttypmod),
        case
            when a.attcollation <> 0 then format('%I.%I', cn.nspname, c.collname)
        end,
        format('operator(%I.%s)', opn.nspname, op.oprname)
    from pg_index as i
        cross join unnest(i.indkey::int2[], i.indclass::oid[]) with ordinality
            as k (attnum, opclass, ordinality)
        join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
        join pg_opclass as oc on oc.oid = k.opclass
        join pg_amop as am on am.amopfamily = oc.opcfamily
            and am.amoplefttype = oc.opcintype
            and am.amoprighttype = oc.opcintype
            and am.amopstrategy = 3
        join pg_operator as op on op.oid = am.amopopr
        join pg_namespace as opn on opn.oid = op.oprnamespace
        left join pg_collation as c on c.oid = a.attcollation
        left join pg_namespace as cn on cn.oid = c.collnamespace
    where i.indexrelid = replication.key_index(relid)
        and k.ordinality <= i.indnkeyatts
    order by k.ordinality;
end;
comment on function replication.key_columns(oid) is
    'the columns that name a row of the table, with their types and the operator that compares them';

-- What a type is, or of a domain what it is over in the end, with its length and the like.
create or replace function replication.base_type(type_oid oid, modifier int)
    returns table (oid oid, type text)
    language sql
    stable
begin atomic
    with recursive base (oid, modifier, depth) as (
        select type_oid, modifier, 0
        union all
        select t.typbasetype, t.typtypmod, b.depth + 1
        from base as b
            join pg_type as t on t.oid = b.oid
        where t.typtype = 'd'
    )
    select b.oid, format_type(b.oid, b.modifier)
    from base as b
    order by b.depth desc
    limit 1;
end;
comment on function replication.base_type(oid, int) is 'the type that a domain is over in the end';

-- r, p or i, as in the registry.
create or replace function replication.kind_of(relid oid)
    returns "char"
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select case
                when c.relkind = 'p' then 'p'
                when exists (
                    select
                    from pg_inherits as h
                        join pg_class as p on p.oid = h.inhparent
                    where (h.inhrelid = c.oid or h.inhparent = c.oid)
                        and p.relkind = 'r'
                ) then 'i'
                else 'r'
            end::"char"
        from pg_class as c
        where c.oid = relid
    );
end
$$;

-- Every table of the users, with the reason why it cannot be replicated; null where it can.
-- Partitions are not in it: they belong to their root. Of this schema's own tables, those that hold
-- facts about the whole tree are replicated like data.
create or replace view replication.candidate as
select
    c.oid::regclass as relid,
    n.nspname as schema_name,
    c.relname as table_name,
    n.nspname = 'replication' as of_system,
    case
        when c.relpersistence = 'u' then 'it is unlogged: a crash empties it'
        when c.relkind = 'f' then 'it is a foreign table'
        when exists (
            select
            from pg_depend as d
            where d.classid = 'pg_class'::regclass
                and d.objid = c.oid
                and d.deptype = 'e'
        ) then 'it belongs to an extension'
        when exists (
            select
            from pg_subscription_rel as s
            where s.srrelid = c.oid
                or s.srrelid in (select t.relid from pg_partition_tree(c.oid) as t)
        ) then 'a logical subscription writes it, past all triggers'
        when replication.key_index(c.oid) is null then
            'it has no key: ' || case
                when exists (
                    select
                    from pg_index as i
                    where i.indrelid = c.oid
                        and i.indisunique
                        and i.indisexclusion
                ) then 'one WITHOUT OVERLAPS will not do; it needs another beside it'
                else 'no primary key and no unique index over NOT NULL columns'
            end
    end as reason
from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'f')
    and c.relpersistence <> 't'
    and not c.relispartition
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and n.nspname not like 'pg\_temp\_%'
    and (
        n.nspname <> 'replication'
        or c.relname in ('member', 'edge', 'policy', 'conflict')
    );
comment on view replication.candidate is
    'the tables of this database, and why one cannot be replicated';

-- A table and all its partitions, as far down as they go; any other table alone.
create or replace function replication.parts_of(root oid)
    returns table (relid regclass)
    language sql
    stable
begin atomic
    with recursive part (relid) as (
        select root
        union all
        select h.inhrelid
        from part as p
            join pg_inherits as h on h.inhparent = p.relid
            join pg_class as c on c.oid = h.inhrelid
        where c.relispartition
    )
    select p.relid::regclass
    from part as p;
end;

-- A table and all that inherits from it, partitions or not.
create or replace function replication.heirs_of(this_table oid)
    returns setof oid
    language sql
    stable
    set search_path = ''
begin atomic
    with recursive heir (relid) as (
        select this_table
        union
        select h.inhrelid
        from heir as p
            join pg_inherits as h on h.inhparent = p.relid
    )
    select p.relid
    from heir as p;
end;

-- The columns of a table by name, in their order.
create or replace function replication.columns_of(this_table oid)
    returns text[]
    language sql
    stable
begin atomic
    select coalesce(array_agg(a.attname::text order by a.attnum), '{}')
    from pg_attribute as a
    where a.attrelid = this_table
        and a.attnum > 0
        and not a.attisdropped;
end;

-- The name of a table with its schema, quoted where needed, whatever the search path.
create or replace function replication.full_name(this_table oid)
    returns text
    language sql
    stable
begin atomic
    select format('%I.%I', n.nspname, c.relname)
    from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
    where c.oid = this_table;
end;
