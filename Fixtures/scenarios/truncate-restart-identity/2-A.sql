insert into s (node)
select 'A'
from generate_series(1, 30);
insert into i (node)
select 'A'
from generate_series(1, 30);
