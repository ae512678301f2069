select name::text, nick::text, age
from person
order by name;
