select id, name
from item
order by id;
select
    winner_origin,
    winner ->> 'name',
    loser_origin,
    loser ->> 'name'
from replication.conflict;
