with d as (
    insert into drawn (node)
    select 'A'
    from generate_series(1, 5)
    returning id
)
insert into block
select d.id + n, 'A'
from d, generate_series(0, 49) n;
insert into down (node)
select 'A'
from generate_series(1, 20);
