select id, guest
from seat
order by id;
