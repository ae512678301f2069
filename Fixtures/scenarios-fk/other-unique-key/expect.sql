select id, country, code
from parent;
select id, country, code
from child
order by id;
select tablename, key ->> 'id', winner ->> 'country', loser_origin, loser is null
from replication.conflict;
