select id, name
from parent
order by id;
select id, parent
from child
order by id;
select tablename, key ->> 'id', winner ->> 'name', loser_origin, loser is null
from replication.conflict;
