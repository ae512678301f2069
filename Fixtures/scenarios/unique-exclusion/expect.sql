select id, lower(during) = date '2024-01-12', upper(during) - lower(during)
from booking
order by id;
