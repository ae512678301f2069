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
