select id, name
from parent
order by id;
select id, parent
from child
order by id;

select key ->> 'id', winner ->> 'name', winner_origin, loser ->> 'name', loser_origin
from replication.conflict
order by 2;
