select id, number > 2, a, b from item order by id;
