update item
set name = 'B'
where id = 1;
update item
set name = 'B'
where id = 2;
