select id, column_1, column_2, column_599, column_600
from wide
where id in (1, 2, 3, 4, 21)
order by id;
select count(*)
from wide;
select loser ->> 'column_2', loser ->> 'column_600', winner ->> 'column_599'
from replication.conflict;
