insert into measure
select n, date '2023-12-01' + n, case n % 3 when 0 then 'warm' when 1 then 'hot' else 'cold' end, n
from generate_series(1, 60) n;
insert into measure values (100, '1999-01-01', 'warm', 1), (101, '2030-01-01', 'cold', 2);
