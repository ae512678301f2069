update item
set f = 1
where id = 1;
delete from item
where id = 2;
