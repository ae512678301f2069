select id
from parent;
select id
from child;
