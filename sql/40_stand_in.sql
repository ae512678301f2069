-- A database that stands in for a node, as a file shows it (trompe import).

-- Of a table that inherits, a dump makes the columns in another order than they have. `names` is the order in
-- which the file's numbers count them: the registry gets the numbers that they have here. (No filter can be set
-- for such a table.)
create or replace function replication.follow_order(this_table regclass, names text[])
    returns void
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    numbers int2[] := array(
        select a.attnum
        from unnest(names) with ordinality as n (name, place)
            left join pg_attribute as a on a.attrelid = this_table
                and a.attname = n.name
        order by n.place
    );
begin
    update replication.relation
    set objects = array(select numbers[o] from unnest(objects) as o),
        no_objects = array(select numbers[o] from unnest(no_objects) as o),
        found_objects = array(select numbers[o] from unnest(found_objects) as o)
    where relid = this_table;
end
$$;
comment on function replication.follow_order(regclass, text[]) is
    'gives the numbers of columns that a file tells those that they have in the database that stands in';

-- Rows of a file were allowed where they come from, and are judged where they go: a CHECK can be younger than
-- they are (NOT VALID), look into tables that are not in the file, or go by the time.
create or replace function replication.drop_checks()
    returns void
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    r record;
begin
    -- What is inherited goes with its origin, and then stands alone where a table has it of its own as well.
    loop
        for r in
            select
                format('%I.%I', n.nspname, coalesce(c.relname, t.typname)) as owner,
                case when c.oid is null then 'domain' when c.relkind = 'f' then 'foreign table'
                    else 'table' end as kind,
                k.conname
            from pg_constraint as k
                left join pg_class as c on c.oid = k.conrelid
                left join pg_type as t on t.oid = k.contypid
                join pg_namespace as n on n.oid = coalesce(c.relnamespace, t.typnamespace)
            where k.contype = 'c'
                and k.coninhcount = 0
                and n.nspname not in ('replication', 'pg_catalog', 'information_schema')
        loop
            execute format('alter %s %s drop constraint if exists %I', r.kind, r.owner, r.conname);
        end loop;
        exit when not found;
    end loop;
end
$$;
comment on function replication.drop_checks() is
    'takes all CHECKs from the tables and domains of a database that stands in for a node';
