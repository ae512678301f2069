update child set parent = 3 where id = 1;
delete from parent where id = 1;
update child set a = 'A' where id = 2;
