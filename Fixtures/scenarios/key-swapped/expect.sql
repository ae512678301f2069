select id, name, note
from item
order by id;
