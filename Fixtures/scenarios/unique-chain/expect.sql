select id, guest, number
from seat
where id in (1, 2, 3, 4, 10, 11, 12, 13, 50)
order by id;
