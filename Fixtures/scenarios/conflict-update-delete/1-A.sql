update item
set name = 'one, updated by A'
where id = 1;
delete from item
where id = 2;
