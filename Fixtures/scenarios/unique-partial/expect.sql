select id, name, team, boss
from employee
order by id;
