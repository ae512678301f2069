update item
set name = 'side cutters'
where id = 5;
delete from item
where id = 1;
