select id, first, second, third, fourth
from item
order by id;
