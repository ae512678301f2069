select tableoid::regclass::text, id
from a
order by 1, 2;
select tableoid::regclass::text, id
from b
order by 1, 2;
select tableoid::regclass::text, id
from c
order by 1, 2;
