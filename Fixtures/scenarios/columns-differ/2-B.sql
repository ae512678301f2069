delete from item
where id = 4;
update item
set id = 6
where id = 1;
