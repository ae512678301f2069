select a, b, name
from parent
order by a, b;
select id, a, b
from child
order by id;
select id, a, b
from strict_child
order by id;
select key ->> 'a', key ->> 'b', winner ->> 'name', loser_origin, loser is null
from replication.conflict
order by 1, 2;
