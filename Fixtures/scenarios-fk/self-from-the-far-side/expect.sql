select id, parent, name
from node
order by id;
select tablename, key ->> 'id', winner ->> 'name', loser_origin, loser is null
from replication.conflict
order by 2;
