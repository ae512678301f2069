begin;
update item
set id = -1
where id = 1;
update item
set id = 1
where id = 2;
update item
set id = 2
where id = -1;
commit;
