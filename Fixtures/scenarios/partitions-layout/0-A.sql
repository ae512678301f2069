insert into item
select n, case when n % 2 = 0 then 'x' else 'y' end, 'start'
from generate_series(1, 20) n;
