update item set b = 7 where id = 1;
update item set a = 3 where id = 2;
