select id, egg
from hen
order by id;
select id, hen
from egg
order by id;
select tablename, key ->> 'id', loser_origin, loser is null
from replication.conflict
order by 1;
