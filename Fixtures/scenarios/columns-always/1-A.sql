update item set number = default, a = 'A' where id = 1;
update item set a = 'A' where id = 2;
