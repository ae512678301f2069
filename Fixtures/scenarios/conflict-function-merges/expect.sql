select id, amount, note, place
from stock
order by id;
