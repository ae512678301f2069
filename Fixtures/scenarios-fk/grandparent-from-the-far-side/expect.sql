select id, name
from customer;
select id, customer, name
from orders;
select id, orders
from line;
select tablename, key ->> 'id', winner ->> 'name', loser_origin, loser is null
from replication.conflict
order by 1;
