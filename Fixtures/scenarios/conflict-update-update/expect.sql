select id, name, stock
from item
order by id;
select
    tablename,
    key ->> 'id',
    winner_origin,
    winner ->> 'name',
    winner ->> 'stock',
    loser_origin,
    loser ->> 'name',
    loser ->> 'stock',
    winner_changed_at > loser_changed_at
from replication.conflict;
