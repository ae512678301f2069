select id, name
from customer
order by id;
select id, customer
from invoice
order by id;
select invoice, number, what
from line
order by invoice, number;
select id, customer
from visit
order by id;
select id, customer
from gift
order by id;
