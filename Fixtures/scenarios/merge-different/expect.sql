select id, name
from item
order by id;
select
    key ->> 'id',
    winner_origin,
    winner ->> 'name',
    loser_origin,
    loser ->> 'name'
from replication.conflict
order by 1;
