select id, i2, i4, i8, left(n::text, 12), length(n::text), n2, f4, f8, b, m::numeric
from number
order by id;
select
    id,
    d in ('infinity', '-infinity', '4713-11-24 BC', '5874897-12-31', '2000-01-01', '0001-12-31 BC'),
    t,
    t0,
    tz = timetz '12:34:56.789012+05:30',
    ts in ('infinity', '0044-03-15 12:00:00 BC', '4713-11-24 00:00:00 BC', '294276-12-31 23:59:59.999999'),
    tsz in (
        timestamptz 'infinity',
        timestamptz '0044-03-15 12:00:00+00 BC',
        timestamptz '4713-11-25 00:00:00+00 BC',
        timestamptz '294276-12-31 23:59:59.999999+00',
        timestamptz '2024-10-27 02:30:00+01'
    ),
    extract(year from i),
    extract(day from i),
    extract(hour from i),
    extract(day from ids),
    extract(hour from ids)
from moment
order by id;
select
    id,
    md5(t),
    length(t),
    v,
    octet_length(c),
    octet_length(ic::text),
    n,
    md5(b),
    bi,
    bit_length(vb)
from string
order by id;
select id, j, jb, x, tv, tq, jp, u
from document
order by id;
select id, p, l, ls, b, pa, po, c
from shape
order by id;
select id, i, c, m, m8, lsn, ts, ps, x8, o
from network
order by id;
