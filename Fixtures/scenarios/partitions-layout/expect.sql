select id, kind, name
from item
order by id, kind;
