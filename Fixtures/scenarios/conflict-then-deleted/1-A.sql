update item
set name = 'A'
where id in (1, 2, 3);
