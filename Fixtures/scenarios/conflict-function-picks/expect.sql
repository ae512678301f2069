select id, amount, who
from bid
order by id;
select
    key ->> 'id',
    winner_origin,
    winner ->> 'who',
    loser_origin,
    loser ->> 'who'
from replication.conflict
order by 1;
