select id, guest
from seat
order by id;
select
    key ->> 'id',
    winner ->> 'guest',
    loser ->> 'guest'
from replication.conflict
order by 1;
