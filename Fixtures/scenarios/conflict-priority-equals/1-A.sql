update item
set name = 'A'
where id = 1;
