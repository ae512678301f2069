select id, number, rank, span
from seat
where id in (1, 2, 19, 20)
order by id;
select count(distinct number), count(distinct rank), count(distinct span)
from seat;
