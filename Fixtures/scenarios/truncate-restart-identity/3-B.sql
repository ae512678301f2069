truncate s restart identity;
insert into s (node)
select 'B'
from generate_series(1, 10);
