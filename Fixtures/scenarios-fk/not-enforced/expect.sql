select id, name
from parent
order by id;
select id, parent
from child
order by id;
