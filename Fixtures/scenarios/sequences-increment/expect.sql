select 'drawn', node, count(distinct id)
from drawn
group by node
order by node;
select 'block', node, count(distinct id)
from block
group by node
order by node;
select 'down', node, count(distinct id), max(id) < 0
from down
group by node
order by node;
