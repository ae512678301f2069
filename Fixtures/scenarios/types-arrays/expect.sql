select id, i, t, n, f, bo, u, p, bx, r
from item
where id <= 3
order by id;
select id, i, md5(t::text), n, f, bo, p, bx, r
from item
where id = 4;
select d[1] = 'infinity', d[3] = date '0044-03-15 BC', length(b[2]), j[1], ts[2] = timestamptz '2024-10-27 01:30:00+00'
from item
where id = 4;
