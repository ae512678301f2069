insert into item
select n, 'start'
from generate_series(1, 39) n;
insert into whole
select generate_series(1, 20);
