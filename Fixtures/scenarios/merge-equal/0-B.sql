insert into item
select 101 - n, 'name ' || 101 - n, '{"a" : 1}'
from generate_series(1, 100) n;
