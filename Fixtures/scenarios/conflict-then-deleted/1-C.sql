update item
set name = 'C'
where id in (1, 2, 3);
