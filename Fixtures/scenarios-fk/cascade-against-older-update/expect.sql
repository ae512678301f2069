select count(*)
from parent;
select count(*)
from child;
select tablename, key ->> 'id', winner is null, loser ->> 'name', loser_origin
from replication.conflict;
