select id, name, n
from item
order by id;
select id, name
from moved
order by id;
