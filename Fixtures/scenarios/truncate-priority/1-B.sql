update item
set name = 'B'
where id = 1;
