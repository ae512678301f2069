select 'by_serial', node, count(distinct id)
from by_serial
group by node
order by node;
select 'by_bigserial', node, count(distinct id)
from by_bigserial
group by node
order by node;
select 'by_smallserial', node, count(distinct id)
from by_smallserial
group by node
order by node;
select 'by_default', node, count(distinct id)
from by_default
group by node
order by node;
select 'by_always', node, count(distinct id)
from by_always
group by node
order by node;
select 'by_start', node, count(distinct id), min(id) >= 1000
from by_start
group by node
order by node;
select 'upper', node, count(distinct "Id")
from "Serial Of Upper"
group by node
order by node;
select 'shared', node, count(distinct id)
from (
    select id, node
    from share_1
    union all
    select id, node
    from share_2
) s
group by node
order by node;
