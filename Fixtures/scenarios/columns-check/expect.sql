select id, a, b from item order by id;
