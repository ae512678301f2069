update item set a = 'B' where id in (1, 2, 4, 6);
