select name::text, age
from person
order by name;
select n, v
from amount
order by n;
select tablename, winner ->> 'name', winner ->> 'age', loser ->> 'name', loser ->> 'age'
from replication.conflict
where tablename = 'public.person'
order by lower(winner ->> 'name');
select tablename, winner ->> 'v', loser ->> 'v'
from replication.conflict
where tablename = 'public.amount';
