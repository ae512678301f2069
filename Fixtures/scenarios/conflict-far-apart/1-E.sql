update item
set name = 'E'
where id in (1, 3);
