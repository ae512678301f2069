select id, code
from parent
order by id;
select id, code
from child
order by id;
