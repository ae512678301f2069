insert into item as i (id, name)
values (1, 'conflict'), (101, 'new')
on conflict (id) do update
    set name = excluded.name, n = i.n + 1000;
insert into item (id, name)
values (2, 'ignored'), (102, 'new')
on conflict do nothing;
insert into item (id, name)
values (3, 'not updated')
on conflict (id) do update
    set name = excluded.name
    where item.n > 1000;
with gone as (
    delete from item
    where id in (4, 5)
    returning id, name
), counted as (
    update item
    set n = -n
    where id = 6
    returning id
)
insert into moved
select id, name
from gone
union all
select id, 'counted'
from counted;
prepare change (integer, text) as
    update item
    set name = $2
    where id = $1;
execute change(7, 'prepared');
execute change(8, 'prepared');
execute change(900, 'nobody');
deallocate change;
