select id, name
from item
order by id;
select
    winner ->> 'name',
    loser ->> 'name'
from replication.conflict
order by 1;
