select id, i4, i8, n, f, i4m, nm, fm
from item
order by id;
select id, upper(d) = 'infinity', lower_inf(ts), upper(tz) = 'infinity', isempty(ts), isempty(tzm)
from item
order by id;
