select id, name
from item;
select key ->> 'id', policy, winner_origin, winner ->> 'name', loser ->> 'name'
from replication.conflict
order by 1;
