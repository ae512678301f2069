select id, name
from item
order by id;
select id
from only_c;
