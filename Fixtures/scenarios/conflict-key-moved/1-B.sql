update item
set name = 'one, B'
where id = 1;
update item
set id = 20
where id = 2;
