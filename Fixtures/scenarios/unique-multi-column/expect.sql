select id, hall, number, guest
from seat
order by id;
