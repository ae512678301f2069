delete from item
where id = 3;
update item
set id = 3
where id = 4;
