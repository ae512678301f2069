select id, x
from document
order by id;
