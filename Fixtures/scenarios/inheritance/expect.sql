select tableoid::regclass::text, id, name
from city
order by 1, 2;
select id, country
from only capital
order by id;
select id, country, until
from old_capital
order by id;
