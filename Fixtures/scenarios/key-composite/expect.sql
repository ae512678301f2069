select room, day = date '2024-01-01', part, guests, note
from booking
order by room, day, part;
select a, b, right(c::text, 1), d = 'infinity', length(e), v
from big_key
order by v;
