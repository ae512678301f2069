select c.id, c.name, o.id, l.line, l.what
from z_customer c
left join m_order o on o.customer = c.id
left join a_line l on l.m_order = o.id
order by c.id, o.id, l.line;
