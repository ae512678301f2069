insert into s (node)
select 'old'
from generate_series(1, 20);
insert into i (node)
select 'old'
from generate_series(1, 20);
