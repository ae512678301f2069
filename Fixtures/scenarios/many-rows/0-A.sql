insert into measure
select
    n,
    timestamptz '2020-01-01 00:00:00+00' + n * interval '1 minute',
    n / 7.0,
    repeat('x', n % 50)
from generate_series(1, 10000) n;
