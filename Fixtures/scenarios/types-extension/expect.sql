select id, h, c, l, q, hs, cs
from item
order by id;
