update item
set name = 'C'
where id = 5;
