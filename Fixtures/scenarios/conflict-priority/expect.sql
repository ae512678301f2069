select id, amount
from price
order by id;
select id, amount
from stock
order by id;
select
    tablename,
    key ->> 'id',
    winner_origin,
    winner ->> 'amount',
    loser_origin,
    loser ->> 'amount'
from replication.conflict
order by 1, 2;
