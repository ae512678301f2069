select tableoid::regclass, id, name
from parent
order by id, 1;
select tableoid::regclass, id, parent
from child
order by id;
select tablename, key ->> 'id', loser_origin, loser is null
from replication.conflict
order by 1, 2;
