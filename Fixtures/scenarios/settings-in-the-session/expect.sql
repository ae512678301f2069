select
    d - date '2024-02-03',
    tsz = timestamptz '2024-02-02 12:02:03+00',
    tsz = timestamptz '2024-11-12 06:02:03+00',
    f = 0.1::float8 + 0.2::float8,
    extract(day from i),
    extract(hour from i),
    encode(b, 'hex'),
    n
from by_date
order by d;
