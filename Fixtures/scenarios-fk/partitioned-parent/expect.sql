select id, name
from parent
order by id;
select id, parent
from child
order by id;
select id, parent
from low_child
order by id;
select tablename, key ->> 'id', loser_origin, loser is null
from replication.conflict
order by 1, 2;
