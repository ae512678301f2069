insert into seat
select n, 'guest ' || n, n * 10
from generate_series(1, 50) n;
