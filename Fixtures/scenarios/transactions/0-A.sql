insert into item
select n, 'start'
from generate_series(1, 8) n;
