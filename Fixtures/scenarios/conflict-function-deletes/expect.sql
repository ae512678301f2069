select id, value
from token
order by id;
