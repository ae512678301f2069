select id, name
from item
order by id;
select id
from whole;
