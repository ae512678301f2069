select id, name
from parent
order by id;
select id, name
from other
order by id;
select id, father, mother, other
from child
order by id;
select tablename, key ->> 'id', loser_origin, loser is null
from replication.conflict
order by 1, 2;
