select k, v
from k_numeric
order by k;
select k, v
from k_float
order by k;
select extract(month from k), extract(day from k), extract(hour from k), v
from k_interval
order by v;
select a, k, v
from k_two
order by a;
select k, v
from k_array
order by v;
