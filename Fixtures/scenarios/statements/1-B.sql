update item
set name = 'from'
from generate_series(9, 10) g
where item.id = g;
delete from item
using generate_series(11, 12) g
where item.id = g;
select add_item(201, 'by function');
delete from item
where id = 201;
select add_items(3);
do $$
declare
    c cursor for
        select id
        from item
        where id in (13, 14)
        for update;
begin
    for r in c loop
        update item
        set name = 'cursor'
        where current of c;
    end loop;
end
$$;
create temporary table scratch as
select 15 as id;
delete from item
where id in (
    select id
    from scratch
);
create temporary table item (
    id integer primary key
);
insert into item values (16);
drop table pg_temp.item;
update only item
set n = n
where id = 17;
call rename('cursor', 'renamed');
