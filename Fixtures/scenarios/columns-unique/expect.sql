select id, place, a from item order by id;
