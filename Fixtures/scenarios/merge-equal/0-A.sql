insert into item
select n, 'name ' || n, '{"a" : 1}'
from generate_series(1, 100) n;
