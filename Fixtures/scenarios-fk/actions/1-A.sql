delete from parent
where id in (2, 3);
update parent
set id = 11
where id = 1;
