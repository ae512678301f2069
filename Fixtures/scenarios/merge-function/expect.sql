select id, text
from note
order by id;
select loser_origin, loser ->> 'text', winner ->> 'text'
from replication.conflict
order by 1;
