update item set id = 1 where id = 1;
update item set id = 5 where id = 3;
