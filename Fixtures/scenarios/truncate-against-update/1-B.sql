update item
set name = 'B'
where id in (3, 4);
