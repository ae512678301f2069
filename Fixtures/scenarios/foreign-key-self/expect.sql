select id, parent
from node
order by id;
select id, parent
from strict_node
order by id;
