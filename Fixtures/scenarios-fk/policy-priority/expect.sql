select id, name
from parent
order by id;
select id, parent
from child
order by id;

select key ->> 'id', winner ->> 'name', loser_origin, loser is null
from replication.conflict
order by 1;
