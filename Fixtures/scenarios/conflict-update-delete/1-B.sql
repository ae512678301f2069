delete from item
where id = 1;
update item
set name = 'two, updated by B'
where id = 2;
