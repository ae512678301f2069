update item
set name = 'A again'
where id = 2;
