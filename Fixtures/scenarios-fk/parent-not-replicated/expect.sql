select id, currency
from price
order by id;
