select id, name is not null
from parent
order by id;
select id, parent
from child
order by id;
