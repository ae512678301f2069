update item
set id = 1
where id = 10;
update item
set id = id + 100
where id > 2;
