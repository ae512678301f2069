update item
set id = 10
where id = 1;
update item
set name = 'two, A'
where id = 2;
