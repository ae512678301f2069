select id, name
from item
order by id;
select
    decided_by,
    key ->> 'id',
    winner_origin,
    winner ->> 'name',
    loser_origin,
    loser ->> 'name'
from replication.conflict
order by 2;
