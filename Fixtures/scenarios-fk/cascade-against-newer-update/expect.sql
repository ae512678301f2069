select id, name
from parent
order by id;
select id, parent, name
from child
order by id;
select id, parent, name
from visit
order by id;
select tablename, key ->> 'id', winner is null, loser ->> 'name', loser_origin
from replication.conflict
order by 1, 2;
