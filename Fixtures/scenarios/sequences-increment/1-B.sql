with d as (
    insert into drawn (node)
    select 'B'
    from generate_series(1, 5)
    returning id
)
insert into block
select d.id + n, 'B'
from d, generate_series(0, 49) n;
insert into down (node)
select 'B'
from generate_series(1, 20);
