select id, name
from parent
order by id;
select key ->> 'id', loser_origin, loser is null
from replication.conflict
order by 1;
