select id, name
from item;
select
    winner ->> 'name',
    loser ->> 'name'
from replication.conflict
order by winner_changed_at;
