select id, amount
from price
order by id;
select
    decided_by,
    key ->> 'id',
    winner_origin,
    winner ->> 'amount',
    loser_origin,
    loser ->> 'amount'
from replication.conflict
order by 2;
