update item set b = 'B' where id < 2;
update item_0 set c = 'B' where id = 2;
update item_1_1 set c = 'B' where id = 3;
update item set a = 'B' where (id, region) = (3, 0);
