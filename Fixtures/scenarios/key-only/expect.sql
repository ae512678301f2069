select one, other
from friend
order by one, other;
select name
from tag
order by name;
