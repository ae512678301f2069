insert into item
select n, 'start', n
from generate_series(1, 20) n;
