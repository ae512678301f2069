update item
set name = 'from A, seen by C'
where id = 10;
delete from item
where id = 1;
