insert into wide (id, column_1, column_300, column_600)
select n, 'first', 'middle', 'last'
from generate_series(1, 20) n;
