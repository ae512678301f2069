insert into drawn (node)
select 'old'
from generate_series(1, 3);
insert into down (node)
select 'old'
from generate_series(1, 3);
