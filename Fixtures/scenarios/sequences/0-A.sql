insert into by_serial (node)
select 'old'
from generate_series(1, 37);
insert into by_always (node)
select 'old'
from generate_series(1, 5);
