select id, name
from customer
order by id;
select id, customer, name
from orders
order by id;
select id, orders
from line
order by id;
select distinct tablename, key ->> 'id', loser is null
from replication.conflict
order by 1, 2;
