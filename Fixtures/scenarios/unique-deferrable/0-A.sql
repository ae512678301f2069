insert into seat
select n, n, n, int4range(n * 10, n * 10 + 10)
from generate_series(1, 20) n;
