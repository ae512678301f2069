select 's', node, count(distinct id)
from s
group by node
order by node;
select 'i', node, count(distinct id)
from i
group by node
order by node;
