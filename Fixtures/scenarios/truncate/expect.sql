select 'plain', id, name
from plain
order by id;
select 'child', c.id, p.id
from child c
left join parent p on p.id = c.parent
order by c.id;
select 'parent', id
from parent
order by id;
select 'first', id
from first
order by id;
select 'second', id
from second
order by id;
select 'untouched', id
from untouched
order by id;
