update item set a = 6 where id = 1;
