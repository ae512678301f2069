select id, egg
from hen
order by id;
select id, hen
from egg
order by id;
