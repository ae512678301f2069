update item
set name = 'A'
where id in (3, 4);
