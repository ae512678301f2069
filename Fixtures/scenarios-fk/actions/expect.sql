select id, name
from parent
order by id;
select id, parent, region
from part
order by id;
select parent, number
from pair
order by 1, 2;
select id, parent, number
from note
order by id;
select id, parent
from gift
order by id;
