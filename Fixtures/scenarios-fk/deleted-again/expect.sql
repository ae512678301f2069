select count(*)
from parent;
select count(*)
from child;
select tablename, key ->> 'id', winner ->> 'name', loser_origin, loser is null
from replication.conflict;
