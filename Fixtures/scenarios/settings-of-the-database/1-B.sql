insert into public.item (id, d, ts, tsz, i, f, r, b, t, m)
select
    4,
    date '2024-11-12',
    timestamp '2024-11-12 13:14:15.000001',
    timestamptz '2024-11-12 13:14:15.000001+00',
    make_interval(months => -1, days => 2, secs => 0.000001),
    0.1::float8 + 0.2::float8,
    1.0 / 3,
    decode('00ff5c', 'hex'),
    chr(233) || chr(92),
    9.99::numeric;
update public.item
set d = d + 1, f = f / 3
where id = 1;
delete from public.by_date
where v = 'b';
insert into public.by_date
select d, tsz, b, f / 7, i, 'd'
from public.by_date
where v = 'c';
insert into item values (2, 'elsewhere, B');
