select slug, name, n
from item
order by slug;
select a, b, v
from pair
order by a;
