select id, net, gross, label
from item
order by id;
select id, number <> 2001, name
from counted
order by id;
select id, number
from counted
where id > 1
order by id;
select id, name, doubled
from by_default
order by id;
