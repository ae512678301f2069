insert into measure
select
    -n,
    timestamptz '2019-01-01 00:00:00+00' + n * interval '1 hour',
    null,
    'b'
from generate_series(1, 10000) n;
delete from measure
where id between 5001 and 10000
    and id % 5 = 0;
