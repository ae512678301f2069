select room, part, day = date '2024-01-01', guest
from booking
order by room, part, day;
select key ->> 'room', key ->> 'part', key ->> 'day', winner ->> 'guest', loser ->> 'guest'
from replication.conflict;
