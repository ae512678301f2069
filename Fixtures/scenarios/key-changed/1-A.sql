update item
set id = 10
where id = 1;
update item
set id = 20, name = 'twenty'
where id = 2;
