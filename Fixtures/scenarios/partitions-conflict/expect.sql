select id, name
from item
order by id;
select
    tablename,
    key ->> 'id',
    winner ->> 'name',
    loser ->> 'name'
from replication.conflict
order by 2;
