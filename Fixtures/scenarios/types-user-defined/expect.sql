select id, m, ms, p, ps, s, a, aa, h, c, who
from item
order by id;
select m, count(*)
from item
group by m
order by m;
