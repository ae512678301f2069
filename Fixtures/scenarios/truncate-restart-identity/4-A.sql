insert into s (node)
select 'A'
from generate_series(1, 10);
