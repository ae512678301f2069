select
    id,
    d - date '2024-02-03',
    ts = timestamp '2024-02-03 04:05:06.789',
    ts = timestamp '2024-11-12 13:14:15.000001',
    tsz = timestamptz '2024-02-03 04:05:06.789+00',
    tsz = timestamptz '2024-12-11 10:09:08.000001-05',
    tsz = timestamptz '2024-11-12 13:14:15.000001+00'
from public.item
order by id;
select
    id,
    extract(month from i),
    extract(day from i),
    extract(hour from i),
    extract(microseconds from i),
    f = 0.1::float8 / 3,
    f = 1.0::float8 / 3,
    f = 0.1::float8 + 0.2::float8,
    r = (1.0 / 3)::real,
    encode(b, 'hex'),
    m::numeric
from public.item
order by id;
select id, convert_to(t, 'UTF8') = decode('5a6fc3ab', 'hex'), convert_to(t, 'UTF8') = decode('c3a95c', 'hex'), a[1] is null, cardinality(a)
from public.item
order by id;
select v, encode(b, 'hex'), tsz = timestamptz '2024-02-03 04:05:06.789+00', f = 1e-300::float8 / 7, extract(day from i)
from public.by_date
order by v;
select id, name
from elsewhere.item
order by id;
