select id, name, deleted
from item
order by id;
