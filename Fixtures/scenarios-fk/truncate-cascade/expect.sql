select id, name
from parent;
select id, parent
from child;
select tablename, key ->> 'id', winner ->> 'name', loser_origin, loser is null
from replication.conflict
order by 1;
