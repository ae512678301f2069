insert into s (node)
select 'B'
from generate_series(1, 30);
insert into i (node)
select 'B'
from generate_series(1, 30);
