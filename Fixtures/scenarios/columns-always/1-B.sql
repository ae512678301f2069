update item set b = 'B' where id = 1;
update item set number = default where id = 2;
