insert into measure
select
    n,
    timestamptz '2021-01-01 00:00:00+00' + n * interval '1 second',
    sqrt(n),
    null
from generate_series(10001, 20000) n;
update measure
set value = -value
where id between 1 and 5000
    and id % 2 = 0;
