update item set b = 'B' where id <> 'two';
