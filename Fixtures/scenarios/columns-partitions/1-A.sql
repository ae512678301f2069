update item set a = 'A' where id < 3;
update item_0 set b = 'A' where id = 3;
update item_1 set b = 'A' where id = 3;
update item set id = 4, a = 'moved' where (id, region) = (2, 1);
