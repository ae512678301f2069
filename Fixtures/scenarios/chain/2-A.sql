update item
set name = 'from C, seen by A'
where id = 30;
delete from item
where id = 20;
