select name, x, y
from by_index
order by name;
select id, nick, name
from by_constraint
order by id;
select id, other, name
from by_identity
order by id;
select name, count(distinct nr)
from nr_primary
group by name
order by name;
select name, count(distinct nr)
from nr_unique
group by name
order by name;
select name, id
from index_includes;
select a, b, c, id
from not_by_these
order by id;
