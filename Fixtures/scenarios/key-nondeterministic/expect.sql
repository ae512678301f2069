select name, age
from person
order by age;
