select count(*)
from item;
select id, name
from item
where id < 4
order by id;
