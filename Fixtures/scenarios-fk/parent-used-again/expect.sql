select id, name
from parent;
select id, parent
from child;
